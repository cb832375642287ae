"""By what a finding is known again at another Run, whoever found it."""

from hashlib import blake2b

from webapp.pipeline.masking import mask
from webapp.pipeline.values import Finding


def fingerprint(finding: Finding) -> str:
    """24 hexadecimal digits, of the label and the quoted line without what varies in it.

    Where no line is quoted, of what is said.
    """
    said = mask(finding.explanation if finding.quote is None else finding.quote)
    text = f"{finding.label or ''}\0{said}"
    return blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()
