"""What the pods of a cluster print: of one, of a workload, or of all that have a label."""

from webapp.pipeline.sources.kind import Kind
from webapp.pipeline.sources.kubernetes.config import KubernetesLogsConfig
from webapp.pipeline.sources.kubernetes.read import read_kubernetes

KIND = Kind(
    called="Kubernetes pods",
    about="what pods print",
    on=("kubernetes",),
    config=KubernetesLogsConfig,
    read=read_kubernetes,
    place=lambda config: str(config["pods"]),
)
