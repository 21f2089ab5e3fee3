"""A stand-in Slack: one workspace that enforces the real rules, for any Bolt app.

sandbox = SlackSandbox(manifest)
base_url = await sandbox.start()
anna = sandbox.add_person("anna")
delivery = await sandbox.as_person(anna).command("#alerts", "/blocked", "PC-1")
await delivery.settled()
"""

from rehearsal.slack.deliveries import Attempt, Delivery
from rehearsal.slack.errors import InputError, ManifestError, PersonError, SlackError
from rehearsal.slack.manifest_file import load_manifest
from rehearsal.slack.person import Person
from rehearsal.slack.run import run_slack
from rehearsal.slack.sandbox import SlackSandbox

__all__ = [
    "Attempt",
    "Delivery",
    "InputError",
    "ManifestError",
    "Person",
    "PersonError",
    "SlackError",
    "SlackSandbox",
    "load_manifest",
    "run_slack",
]
