"""Every story."""

from tests.e2e.stories.comparing import COMPARISON_STORIES
from tests.e2e.stories.controllers import CONTROLLER_STORIES
from tests.e2e.stories.deleting import DELETION_STORIES
from tests.e2e.stories.drift import DRIFT_STORIES
from tests.e2e.stories.healthy import HEALTHY_STORIES
from tests.e2e.stories.pods import POD_STORIES
from tests.e2e.stories.projects import PROJECT_STORIES
from tests.e2e.stories.syncing import SYNC_STORIES
from tests.e2e.stories.workloads import WORKLOAD_STORIES

STORIES = (
    *POD_STORIES,
    *WORKLOAD_STORIES,
    *CONTROLLER_STORIES,
    *SYNC_STORIES,
    *COMPARISON_STORIES,
    *PROJECT_STORIES,
    *DELETION_STORIES,
    *DRIFT_STORIES,
    *HEALTHY_STORIES,
)
"""Failures, and what is no failure: those without a rule."""
