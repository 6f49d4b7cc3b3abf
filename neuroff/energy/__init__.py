"""Energy: counts of work, profiles of hardware, and the product of the two.

Needs no torch: counts and numbers go in, numbers come out.
"""

from neuroff.energy.counts import Counts
from neuroff.energy.pricing.deployment import Placed, deploy
from neuroff.energy.pricing.estimate import EnergyEstimate, estimate
from neuroff.energy.profile.catalogue import list_profiles, load_profile
from neuroff.energy.profile.prices import Band, Coefficient, coefficients, weakest_evidence
from neuroff.energy.profile.schema import Profile
from neuroff.energy.units import format_si
from neuroff.energy.vocabulary import VOCABULARY

__all__ = [
    "VOCABULARY",
    "Band",
    "Coefficient",
    "Counts",
    "EnergyEstimate",
    "Placed",
    "Profile",
    "coefficients",
    "deploy",
    "estimate",
    "format_si",
    "list_profiles",
    "load_profile",
    "weakest_evidence",
]
