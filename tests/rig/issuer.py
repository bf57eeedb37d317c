"""An authority that also makes the certificates that nobody should have."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.rig.certificates import _MAY_SIGN, Certificates

_PEM = serialization.Encoding.PEM


@dataclass
class Party:
    """A name with a key, and its certificate."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    certificate: x509.Certificate | None = None


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certify(
    subject: Party, issuer: Party, *, days: int, names: list[str] | None = None
) -> x509.Certificate:
    now = datetime.now(UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(subject.key.public_key())
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject.name)
        .issuer_name(issuer.name)
        .public_key(subject.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(identifier, critical=False)
        .add_extension(authority, critical=False)
    )
    if names is None:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        builder = builder.add_extension(_MAY_SIGN, critical=True)
    else:
        hosts = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(hosts, critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


class Issuer:
    """A root and one authority below it; certificates are files in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._root = Party(_name("doctor root"))
        self._root.certificate = _certify(self._root, self._root, days=365)
        self._middle = Party(_name("doctor middle"))
        self._middle.certificate = _certify(self._middle, self._root, days=365)
        self.ca = folder / "root.pem"
        self.ca.write_bytes(self._root.certificate.public_bytes(_PEM))

    def issue(
        self, label: str, names: list[str], *, days: int = 90, whole: bool = True
    ) -> Certificates:
        """A certificate for `days` from now; not `whole` leaves out what lies in between."""
        assert self._middle.certificate is not None
        leaf = Party(_name(names[0]))
        chain = [_certify(leaf, self._middle, days=days, names=names), self._middle.certificate]
        cert, key = self._folder / f"{label}.pem", self._folder / f"{label}.key"
        cert.write_bytes(b"".join(c.public_bytes(_PEM) for c in chain[: 2 if whole else 1]))
        key.write_bytes(
            leaf.key.private_bytes(
                _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return Certificates(self.ca, cert, key)
