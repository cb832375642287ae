"""The address of a Docker engine: where TLS is asked for, with the folder of certificates.

`tcp://host:2376?certs=/folder`, in which lie ca.pem, cert.pem and key.pem, as Docker's own client
wants them.
"""

_CERTS = "?certs="


def with_certificates(url: str, folder: str) -> str:
    return f"{url}{_CERTS}{folder}"


def parts(address: str) -> tuple[str, str | None]:
    """What Docker calls its host, and the folder."""
    url, _, folder = address.partition(_CERTS)
    return url, folder or None


def named(address: str) -> str:
    """For people."""
    return parts(address)[0]


def variables(address: str) -> dict[str, str]:
    """By which Docker's own clients find it."""
    url, folder = parts(address)
    if folder is None:
        return {"DOCKER_HOST": url}
    return {"DOCKER_HOST": url, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": folder}
