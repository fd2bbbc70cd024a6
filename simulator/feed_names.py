"""Names of the feeds that the simulator sends.

Data in: nothing. Data out: ``<sector>/<entity>`` names.
Not here: their columns (the contracts).
"""

from __future__ import annotations

MEDICAL, EDUCATION, DIBAO_FEED = "medical/enrolments", "education/enrolments", "civil_affairs/dibao"

APPRAISALS, RETROFITS = "housing/appraisals", "housing/retrofits"

HOUSEHOLD_WATER, SUPPLIES = "water/household_water", "water/village_supplies"

HOUSEHOLDS, PERSONS = "registry/households", "registry/persons"

TEKUN_FEED, DISABILITY = "civil_affairs/tekun", "civil_affairs/disability"

AID = "education/aid_payments"

CLAIMS, CHRONIC = "medical/inpatient_claims", "medical/chronic_visits"

EDGES, VILLAGES = "registry/edge_households", "registry/villages"
