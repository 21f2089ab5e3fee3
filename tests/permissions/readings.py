"""Where the portal's page can be read in two ways: the reading chosen, how sure it is, and the tests that hold it."""

from enum import StrEnum
from typing import Final, NamedTuple


class Sure(StrEnum):
    """How sure a reading is."""

    READING = "reading"  # the most faithful reading of words that allow another one
    CHOICE = "choice"  # the page is silent; this is the safe side


class Reading(NamedTuple):
    """One ambiguous place. `tests` are functions of tests/permissions, by name."""

    subject: str
    page_says: str
    read_as: str
    sure: Sure
    tests: tuple[str, ...]


_READING, _CHOICE = Sure.READING, Sure.CHOICE

READINGS: Final = (
    Reading(
        "“only” and “not”",
        "Several permissions say that they give something “only”, or “not”.",
        "That limits what this one permission gives, never what another grant of the same person gives.",
        _READING,
        (
            "test_1_1_only_in_one_grant_limits_not_another_grant",
            "test_5_6_application_only_with_group_is_group",
        ),
    ),
    Reading(
        "organizations",
        "Permissions and roles are set on an organization; only Super Admin speaks of child organizations.",
        "A grant counts in exactly the organization that it names: not above, not below, not beside.",
        _READING,
        ("test_1_2_a_grant_counts_in_its_own_organization_alone", "test_10_2_a_role_is_not_carried_below"),
    ),
    Reading(
        "“and below” in the access file",
        "Nothing.",
        "Shorthand for one grant in each organization below, new ones included; always written out.",
        _CHOICE,
        (
            "test_1_3_and_below_takes_in_every_organization_below_and_no_other",
            "test_1_3_a_new_child_is_in_at_once",
        ),
    ),
    Reading(
        "“child organizations”",
        "Super Admin includes child organizations.",
        "Every organization below, at any depth.",
        _READING,
        ("test_1_4_child_organizations_are_at_any_depth",),
    ),
    Reading(
        "“must be combined with”",
        "Some permissions must be combined with another.",
        "Both belong to one person in the target's organization and are alive; where each comes from does not matter.",
        _READING,
        (
            "test_1_5_both_halves_in_the_targets_organization",
            "test_1_5_both_halves_belong_to_one_person",
            "test_1_5_both_halves_alive",
            "test_1_5_where_the_halves_come_from_does_not_matter",
        ),
    ),
    Reading(
        "no combination named",
        "Most permissions name no combination.",
        "Then none is needed.",
        _READING,
        ("test_1_6_no_combination_named_none_needed",),
    ),
    Reading(
        "a half named by what it opens",
        "Elevation mode needs “a permission that provides access to the Devices page”.",
        "View, Install or Edit Computers; not Edit Computer Groups and not the mobile ones. A half that is named by "
        "its name is that permission alone.",
        _READING,
        (
            "test_1_7_a_half_by_what_it_opens_is_not_its_neighbour",
            "test_1_7_a_half_by_name_is_that_permission_alone",
        ),
    ),
    Reading(
        "the “parent account” of Super Admin",
        "Super Admin has the parent account with its child organizations.",
        "The organization that it is set on, wherever that stands in the tree; it never works upward.",
        _READING,
        ("test_2_2_set_on_a_middle_organization_it_never_works_upward",),
    ),
    Reading(
        "“all listed user permissions”",
        "A Super Admin has all of them; Allow Remediation says that it is not included.",
        "Every current permission but the family itself and Allow Remediation, for all three of the family; no "
        "deprecated one.",
        _CHOICE,
        (
            "test_2_1_all_is_the_list_less_family_remediation_and_deprecated",
            "test_8_1_no_super_admin_has_one",
        ),
    ),
    Reading(
        "Super Admin - Child without children",
        "It works only on child organizations.",
        "On an organization without any it gives nothing; that is legal, and the check of the file names it.",
        _READING,
        ("test_2_3_child_on_a_childless_organization_gives_nothing_and_is_named",),
    ),
    Reading(
        "“Super Admin – Parent Only”",
        "The lists of the built-in roles name it; the permissions do not.",
        "The older name of Super Admin – Logged-In Organization Only.",
        _READING,
        ("test_2_5_parent_only_is_the_older_name_of_logged_in",),
    ),
    Reading(
        "Administrator and Owner",
        "Both lists contain the whole Super Admin family.",
        "Whoever gets one of them is Super Admin of that organization and everything below, and is told so.",
        _READING,
        (
            "test_2_6_administrator_and_owner_are_super_admin_where_applied",
            "test_10_1_administrator_lacks_global_and_billing_by_name_and_has_both_by_super_admin",
        ),
    ),
    Reading(
        "which permissions show requests",
        "Several “allow users to view the Approval Center page”.",
        "All Approve permissions, View Approvals, the deprecated ones and the family; not Elevation Administrator "
        "alone. Edit Web Control Policies shows web control requests only.",
        _READING,
        (
            "test_3_1_viewing_permissions_and_no_others",
            "test_4_0_web_control_needs_edit_web_control_policies_alone",
        ),
    ),
    Reading(
        "what Application Only shows",
        "It shows the Approval Center and approves application requests.",
        "It shows requests of every kind and decides application requests alone.",
        _READING,
        (
            "test_3_2_application_only_shows_every_kind",
            "test_4_0_application_only_neither_approves_nor_denies_storage",
        ),
    ),
    Reading(
        "denying",
        "The page names no permission for it; View Approvals may not “action” requests.",
        "Denying is acting: it needs the right to approve that kind at the narrowest reach, never a wider one.",
        _CHOICE,
        ("test_4_1_denying_is_acting", "test_4_1_denying_never_needs_a_wider_right"),
    ),
    Reading(
        "by hash or custom rule",
        "Said of four of the Approve permissions, not of Application Only.",
        "Taken for it as well; a new application, a match and an end date ask for nothing more.",
        _READING,
        ("test_4_3_hash_and_custom_rule_are_open_to_every_approve",),
    ),
    Reading(
        "other kinds of requests",
        "Nothing about network, registry and the like.",
        "Nobody decides them here: the card says “decide in the portal”.",
        _CHOICE,
        ("test_4_0_anything_else_is_decided_by_nobody_here",),
    ),
    Reading(
        "“Computer Group Level”",
        "Approve for Group approves at it.",
        "Any computer group of the request's organization that is not marked global.",
        _READING,
        (
            "test_5_1_the_group_is_one_of_the_requests_organization",
            "test_5_3_approve_for_group_never_opens_a_group_marked_global",
        ),
    ),
    Reading(
        "“Global Group Level”",
        "Approve for Global approves at it; Super Admin - Child has nothing on the organization it is set on.",
        "The right to decide the request in its organization, and Approve for Global where the global group is owned.",
        _CHOICE,
        (
            "test_5_3_both_halves_are_needed",
            "test_5_3_child_never_opens_a_group_owned_by_the_organization_it_is_set_on",
        ),
    ),
    Reading(
        "global for Logged-In Organization Only",
        "It has full control, and no permission to access child organizations.",
        "It opens a global group only while its owner has nothing below it.",
        _CHOICE,
        ("test_5_3_logged_in_only_opens_it_while_nothing_is_below_the_owner",),
    ),
    Reading(
        "how far an approval goes",
        "The levels are named by what is chosen.",
        "What counts is the effect: extending an application reaches as far as the widest policy that permits it, "
        "and a width that cannot be learnt is closed.",
        _CHOICE,
        (
            "test_5_5_extending_needs_the_width_of_the_widest_policy",
            "test_5_5_a_width_that_cannot_be_learnt_is_closed",
        ),
    ),
    Reading(
        "“a single endpoint at a time”",
        "Said of Application Only.",
        "Whose widest right is a single computer covers one computer in one press, denying excepted.",
        _CHOICE,
        (
            "test_5_6_a_single_computer_right_covers_one_computer_a_press",
            "test_5_6_group_or_wider_covers_several",
        ),
    ),
    Reading(
        "promotion",
        "Promote permissions promote existing policies.",
        "A right of its own, implied by no Approve permission and not by Edit Application Control Policies; nothing "
        "promotes to global.",
        _CHOICE,
        ("test_5_8_promotion_is_a_right_of_its_own", "test_5_8_nothing_promotes_to_global"),
    ),
    Reading(
        "“one of the other Approval permissions”",
        "Elevation Administrator needs one to open the Approval Center.",
        "Any that opens it, so View Approvals is enough; Edit Web Control Policies does not do.",
        _READING,
        ("test_6_1_a_viewing_permission_completes_it", "test_6_1_alone_or_with_web_control_it_does_not"),
    ),
    Reading(
        "how far Elevation Administrator goes",
        "No width is named.",
        "As far as the widest Approve permission held there; with none, this computer.",
        _CHOICE,
        ("test_6_2_reach_is_that_of_the_widest_approve_there",),
    ),
    Reading(
        "elevating software that may not run yet",
        "Elevation Administrator approves elevation requests.",
        "What is not known to be approved also needs the application right for that reach: no side door.",
        _READING,
        ("test_6_3_no_side_door_for_software_that_may_not_yet_run",),
    ),
    Reading(
        "“combine the Approval permission with Manage …”",
        "To approve with a maintenance mode.",
        "From a request: a current Approve permission for the request and the reach, and the matching Manage …; Edit "
        "Computers is not needed. Other kinds of requests offer no mode.",
        _READING,
        (
            "test_7_0_from_a_request_approve_and_the_matching_manage",
            "test_7_0_from_a_request_edit_computers_is_not_needed_nor_enough",
            "test_7_3_no_mode_from_other_kinds",
        ),
    ),
    Reading(
        "Manage All Maintenance Modes",
        "Edit Application Control Applications is needed for Installation and Learning; the single ones do not say so.",
        "Needed with Manage All at both doors, with the single ones at neither.",
        _READING,
        ("test_7_1_manage_all_stands_for_each_but_two_need_applications",),
    ),
    Reading(
        "Storage Control Monitor Only from a request",
        "The page pairs it with approvals; the portal's storage form has no place for it.",
        "Offered at the computer only.",
        _CHOICE,
        ("test_7_2_other_modes_never_answer_a_request",),
    ),
    Reading(
        "deprecated ones “continue to work”",
        "Where they are currently applied.",
        "Honoured in the access file with a warning; not given from Slack and not added to a role there.",
        _READING,
        (
            "test_8_1_deprecated_permissions_are_honoured",
            "test_8_1_deprecated_ones_are_not_given_even_by_their_holder",
            "test_8_1_deprecated_ones_are_not_added",
        ),
    ),
    Reading(
        "“ONLY use Learning Mode”",
        "With Edit Computers a deprecated permission uses only its one mode.",
        "That limits the modes, not the approval; the mode is opened from a request, not from a computer.",
        _READING,
        (
            "test_8_2_decides_like_its_namesake_with_no_other_permission",
            "test_8_2_with_edit_computers_it_opens_its_one_mode_from_a_request",
        ),
    ),
    Reading(
        "a deprecated permission with Manage …",
        "The Approval permission is combined with Manage …",
        "A deprecated one is not that half; it does open the page for Elevation Administrator.",
        _CHOICE,
        (
            "test_8_3_it_is_not_the_approval_that_manage_is_combined_with",
            "test_8_3_it_opens_the_page_for_elevation_administrator",
        ),
    ),
    Reading(
        "claiming, releasing, handing over, escalating",
        "Nothing.",
        "Claiming is acting; the owner releases and hands over; everybody who sees a request may escalate it.",
        _CHOICE,
        (
            "test_9_0_claiming_is_acting",
            "test_9_0_the_owner_releases_whatever_their_rights",
            "test_9_0_everybody_who_sees_may_call_for_help",
        ),
    ),
    Reading(
        "keeping a case as an exception",
        "Nothing.",
        "Whoever sees the case may hand it to the escalation team as an exception, as they may escalate it. Its owner "
        "has the right to deny such requests there, and so has whoever renews or closes it; nobody answers for or "
        "renews what they asked for, and an owner may always close their own.",
        _CHOICE,
        (
            "test_9_0_everybody_who_sees_may_call_for_help",
            "test_9_0_claiming_is_acting",
            "test_11_1_nobody_acts_on_their_own_request",
        ),
    ),
    Reading(
        "check-in history",
        "Combined with View or Edit Computers.",
        "Install Computers does not count, though it shows the Devices page.",
        _READING,
        ("test_9_0_check_in_history",),
    ),
    Reading(
        "Change Permission",
        "Gives single permissions with Edit or View Administrators, no roles; Edit Administrators changes nobody's.",
        "Roles need Assign Roles alone, custom roles Role Administrator alone; each in the target organization.",
        _READING,
        (
            "test_10_4_change_permission_and_the_users_page",
            "test_10_4_assign_roles_alone",
            "test_10_4_role_administrator_alone_makes_changes_and_deletes",
        ),
    ),
    Reading(
        "giving rights from Slack",
        "No limit on what an administrator gives.",
        "Never to oneself, never by changing a role that one holds, never more or longer than one has there.",
        _CHOICE,
        (
            "test_10_5_never_to_oneself_under_any_slack_id",
            "test_10_5_nor_by_changing_a_role_that_one_holds",
            "test_10_5_never_more_than_one_has_there",
            "test_10_5_never_for_longer_than_one_has",
        ),
    ),
    Reading(
        "one name, two roles",
        "A custom role belongs to the organization it was created in.",
        "One name is one role there, whoever made it; a role with everything below has its name everywhere.",
        _CHOICE,
        ("test_10_2_one_name_is_one_role_in_an_organization",),
    ),
    Reading(
        "what a role may gain",
        "Role Administrator makes and changes roles.",
        "Only current permissions that the changer has there without an end; any Role Administrator takes out.",
        _CHOICE,
        (
            "test_10_5_and_8_1_each_permission_gets_in_only_if_current_and_ones_own",
            "test_10_5_what_ends_does_not_get_into_what_does_not",
        ),
    ),
    Reading(
        "built-in roles in older organizations",
        "They must be created by hand there.",
        "A custom role may bear a built-in's name only with the identical list.",
        _CHOICE,
        (
            "test_10_1_a_built_ins_name_only_with_its_identical_list",
            "test_10_1_a_built_ins_name_only_with_its_list",
        ),
    ),
    Reading(
        "one's own request",
        "Nothing.",
        "Nobody approves, seconds or widens a request of their own; denying and escalating it stay open. Persons "
        "are compared, not accounts, and what cannot be told from one's own is not approved.",
        _CHOICE,
        (
            "test_11_1_nobody_acts_on_their_own_request",
            "test_11_1_denying_it_harms_nobody",
            "test_11_1_what_is_not_told_apart_is_not_approved",
            "test_11_1_two_slack_ids_are_one_person",
        ),
    ),
)
