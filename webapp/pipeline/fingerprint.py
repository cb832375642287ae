"""By what a finding is known again at another Run, whoever found it."""

from hashlib import blake2b

from webapp.pipeline.masking import mask
from webapp.pipeline.values import Finding


def fingerprint(finding: Finding) -> str:
    """24 hexadecimal digits, of the label, of what it is about, and of the quoted line without what
    varies in it; where there is neither, of what is said.
    """
    said = finding.about
    if finding.quote is not None:
        said = "\0".join(filter(None, (finding.about, mask(finding.quote))))
    text = f"{finding.label or ''}\0{said or mask(finding.explanation)}"
    return blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()
