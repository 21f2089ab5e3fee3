"""The prefilled permit form of a request, as the portal sends it. What is missing stays missing (see `wire`)."""

from pydantic import field_validator

from bot.portal.lenient import Wire, WireId, WireTime
from bot.portal.wire import Certificate, RequestCore, listed


class FileDetails(Wire):
    """The file of a request as the permit details show it; the reason is plain text here."""

    full_path: str = ""
    process_path: str = ""
    hash: str = ""
    sha256: str = ""
    filename: str = ""
    certificates: tuple[Certificate, ...] = ()
    created_by_processes: tuple[str, ...] = ()
    date: WireTime = None
    original_hostname: str = ""
    hostname: str = ""
    username: str = ""
    organization_name: str = ""
    policy_name: str = ""
    application_name: str = ""
    requestor_reason: str = ""
    size: int = 0

    _lists = field_validator("certificates", "created_by_processes", mode="before")(listed)


class PolicyLevel(Wire):
    """How far the details say an approval may go."""

    can_use_entire_organization: bool | None = None


class ManualOption(Wire):
    """One way to recognize the file, as the portal prefilled it."""

    full_path: str = ""
    process_path: str = ""
    cert: str = ""
    hash: str = ""
    created_by: str = ""
    is_default_option: bool = False


class PolicyConditions(Wire):
    """What the portal offers to recognize the file by."""

    manual_options: tuple[ManualOption, ...] = ()
    cert_subjects: tuple[str, ...] = ()
    created_by_processes: tuple[str, ...] = ()

    _lists = field_validator("manual_options", "cert_subjects", "created_by_processes", mode="before")(listed)


class PermitDetails(Wire):
    """The prefilled permit form of a request. A decision is this object (`raw`) with its choices changed."""

    computer_id: WireId = None
    computer_group_id: WireId = None
    organization_id: WireId = None
    organization_ids: tuple[str, ...] = ()
    os_type: int = 0
    user_instance: str = ""
    approval_request: RequestCore = RequestCore()
    action_type: str = ""
    is_elevation_request: bool | None = None
    is_execution_request: bool | None = None
    is_extension_request: bool = False
    file_details: FileDetails = FileDetails()
    has_elevation: bool | None = None
    organization_has_elevation: bool | None = None
    ringfence_action_id: int = 0
    is_ringfenced: bool = False
    can_view_virus_total: bool = False
    virus_total_url: str = ""
    can_view_on_system_lookup: bool = False
    system_lookup_url: str = ""
    suggest_custom_rule: bool | None = None
    policy_conditions: PolicyConditions = PolicyConditions()
    policy_level: PolicyLevel = PolicyLevel()

    _lists = field_validator("organization_ids", mode="before")(listed)

    @property
    def signers_offered(self) -> tuple[str, ...]:
        """The certificate subjects that a rule may name: the form's choices, else the file's own."""
        own = (one.subject for one in self.file_details.certificates)
        return tuple(dict.fromkeys(filter(None, self.policy_conditions.cert_subjects or own)))

    @property
    def creators_offered(self) -> tuple[str, ...]:
        """The processes that made the file, which a rule may name."""
        offered = self.policy_conditions.created_by_processes or self.file_details.created_by_processes
        return tuple(dict.fromkeys(filter(None, offered)))

    @property
    def offers_organization(self) -> bool:
        """Whether the portal lets this request be permitted for the entire organization; unsaid is yes, odd is no."""
        is_odd = "policy_level" in self.odd or bool(self.policy_level.odd)
        return self.policy_level.can_use_entire_organization is not False and not is_odd

    @property
    def lookup_links(self) -> tuple[tuple[str, str], ...]:
        """What the portal links to about the file, as title and address; addresses are outside text."""
        told = (
            ("VirusTotal", self.can_view_virus_total, self.virus_total_url),
            ("System lookup", self.can_view_on_system_lookup, self.system_lookup_url),
        )
        return tuple((title, url) for title, may_be_seen, url in told if may_be_seen and url)
