"""All mutants, by part of the world."""

from hubsim_scenarios.proving.agent_mutants import AGENT_MUTANTS
from hubsim_scenarios.proving.app_mutants import APP_MUTANTS
from hubsim_scenarios.proving.business_mutants import BUSINESS_MUTANTS
from hubsim_scenarios.proving.carrier_mutants import CARRIER_MUTANTS
from hubsim_scenarios.proving.cloud_mutants import CLOUD_MUTANTS
from hubsim_scenarios.proving.hub_mutants import HUB_MUTANTS
from hubsim_scenarios.proving.mutant import Mutant
from hubsim_scenarios.proving.radio_mutants import (
    RADIO_CARRIER_MUTANTS,
    RADIO_CLOUD_MUTANTS,
    RADIO_HUB_MUTANTS,
)
from hubsim_scenarios.proving.request_mutants import COMMAND_MUTANTS, REFUSAL_MUTANTS

MUTANTS: tuple[Mutant, ...] = (
    *HUB_MUTANTS,
    *RADIO_HUB_MUTANTS,
    *AGENT_MUTANTS,
    *CARRIER_MUTANTS,
    *RADIO_CARRIER_MUTANTS,
    *CLOUD_MUTANTS,
    *RADIO_CLOUD_MUTANTS,
    *BUSINESS_MUTANTS,
    *APP_MUTANTS,
    *COMMAND_MUTANTS,
    *REFUSAL_MUTANTS,
)
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}
