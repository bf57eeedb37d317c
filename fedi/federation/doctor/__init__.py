"""What is wrong with this server, in words: looked at from inside and through its public address.

examine     run every check; the table of them is in `checks.py`
Patient     what the checks have at hand
Finding     what they say
"""

from fedi.federation.doctor.checks import examine
from fedi.federation.doctor.findings import Finding
from fedi.federation.doctor.patient import Patient, Senses, Told

__all__ = ["Finding", "Patient", "Senses", "Told", "examine"]
