"""Certificates for a day: of a broker's authority, and of OPC UA applications and users."""

from datetime import datetime, timedelta, timezone

from asyncua.crypto.cert_gen import setup_self_signed_certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def authority(folder):
    """An authority, the broker's certificate and the connector's."""
    now = datetime.now(timezone.utc)
    signer = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "plant authority")])
    for name in ["ca", "broker", "connector"]:
        key = signer if name == "ca" else ec.generate_private_key(ec.SECP256R1())
        subject = issuer if name == "ca" else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        built = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        built = built.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
        built = built.add_extension(x509.BasicConstraints(name == "ca", None), critical=True)
        built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        signed = built.sign(signer, hashes.SHA256())
        (folder / f"{name}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (folder / f"{name}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))


async def application(folder, name):
    """Self-signed, with RSA, as OPC UA wants it."""
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    paths = folder / f"{name}.key", folder / f"{name}.der"
    await setup_self_signed_certificate(*paths, f"urn:drive:{name}", "localhost", uses, {"organizationName": "plant"})
