"""What reads as a fault in logs that nobody labelled: a stretch that has such a line is not clean.

Read by people, line by line, whatever any judge says of them: a request, a service or a device
that failed there. Chatter with words of failure in it is not among them.
"""

from collections.abc import Mapping

OWN_FAULTS: Mapping[str, tuple[str, ...]] = {
    "Hadoop": ("No Route to Host", "Failed to renew lease", "Address change detected"),
    "HPC": ("Error: HALT asserted", "Error: Timed out while waiting"),
    "Linux": ("Couldn't authenticate user", "Transport endpoint is not connected"),
    "Mac": ("Cocoa scripting error", "SSLHandshake failed"),
    "Proxifier": ("Could not resolve",),
    "Thunderbird": ("failed to resolve", "Bind to port 22 on", "Wait for ready failed"),
}


def has_own_fault(system: str, line: str) -> bool:
    return any(words in line for words in OWN_FAULTS.get(system, ()))
