"""The fields of the bodies that the stand-in portal takes: a hand-written table of names and types.

A field is `name:kind`: `i` whole number (32 bit), `l` (64 bit), `b` truth value, `g` GUID, `d` date-time,
`s` text, `any`, or the name of another body. `[]` makes it a list, `?` lets it be null; texts, lists and
inner bodies may always be null.
"""

from typing import Final

_APPROVAL: Final = {
    "Certificate": "sha:s subject:s validCert:b",
    "Action": (
        "fullPath:s policyId:s username:s actionId:i hash:s processName:s certs:Certificate[] applicationId:s"
        " datetime:d logAction:b serialNumber:s deviceType:s actionType:s size:l processId:i ringFence:b"
        " policyName:s applicationName:s encryptionStatus:i installedBy:s[] monitorOnly:b notes:s sha256:s"
        " ringfencePolicyId:s remotePresence:b organizationId:s hostname:s computerId:s manufacturer:s"
        " osType:i destinationIP:s domainName:s organizationName:s"
    ),
    "Timer": (
        "approvalRequestId:g requestDate:d assignedDate:d escalatedDate:d returnedDate:d reassignedDate:d"
        " actionedDate:d totalTimeInSeconds:i"
    ),
    "Request": (
        "approvalRequestId:g statusId:i statusIdEscalatedToMSP:i statusIdEscalatedByCustomer:i"
        " organizationId:g masterOrganizationId:g organizationName:s instanceName:s computerId:g"
        " threatLockerDataCenterId:g? hostname:s username:s path:s hash:s ipAddress:s serialNumber:s"
        " dateTime:d actionDate:d? json:s threatLockerActionDto:Action requestor:s requestorReason:s"
        " requestorEmailAddress:s comments:s ticketId:s ticketApprovalManager:s notes:s signature:s"
        " tlInstructions:s approvedBy:s isAssigned:b? assigneeUserId:g? assigneeUsername:s"
        " assigneeFirstName:s assigneeLastname:s isAssigneeLoggedIntoMaster:b retrievedAssigneeUsername:b"
        " policyId:g? tempPolicyId:g? applicationId:g? tempApplicationId:g? multiLevelApprovalRequestId:g?"
        " multiLevelApprovalStatusId:i initialApprovalTierLevel:i pendingTierLevel:i approvedByTierLevel:i"
        " approvalNumber:i approvalCount:i hasPendingApprovalRequest:b authorizeForPermit:b?"
        " suggestCustomRule:b? isEscalatedByCyberHero:b isEscalatedByCustomer:b"
        " cyberHeroManagementConfigured:b canRequestNewBuiltIn:b showMfaChallenge:b showMfaRegistration:b"
        " linkedMfaUser:s portalApiUrl:s maxTriggeredStartDate:d? approvalRequestTimerDto:Timer count:i"
    ),
    "RequestList": (
        "statusId:i searchText:s userApprovalTierLevel:i showCurrentTierOnly:b showChildOrganizations:b"
        " requestTypeId:i orderBy:s isAscending:b actionType:s[] pageSize:i pageNumber:i"
    ),
    "Decision": (
        "approvalRequestDtos:Request[] type:s ignoreSubject:s ignoreReason:s responseSubject:s"
        " responseReason:s rejectReason:s isVDI:b notifyOnIgnore:b notifyOnResponse:b usingCustomApprovals:b"
        " allowedApprovalRequestDtos:Request[] deniedApprovalRequestDtos:Request[]"
    ),
    "Authorize": "approvalRequestId:g message:s",
}

_PERMIT: Final = {
    "ApplicationRow": (
        "name:s applicationName:s applicationId:g organizationId:g organizationName:s osType:i"
        " suggestedPolicyId:g? status:i isMaintained:b researchApplicationId:g?"
    ),
    "Matching": (
        "hasMatchingApplication:b useMatchingApplication:b matchingApplication:ApplicationRow"
        " useExistingApplication:b existingApplication:ApplicationRow useNewApplication:b"
        " newApplicationName:s"
    ),
    "ManualOption": "fullPath:s processPath:s cert:s hash:s createdBy:s isDefaultOption:b disabled:b",
    "AuditFile": "actionLogId:l eActionLogId:s fullPath:s hash:s",
    "Conditions": (
        "useExistingPolicy:b createManualPolicy:b manualOptions:ManualOption[] ruleId:i certSubjects:s[]"
        " createdByProcesses:s[] disableProtection:b includedAdditionalFiles:AuditFile[]"
    ),
    "GroupRow": (
        "computerGroupId:g name:s organizationId:g organizationName:s default:b? osType:i isGlobal:b"
    ),
    "Level": (
        "canUseEntireOrganization:b toEntireOrganization:b toComputerGroup:b selectedComputerGroup:GroupRow"
        " toComputer:b"
    ),
    "FileDetails": (
        "fullPath:s processPath:s hash:s certificates:Certificate[] createdByProcesses:s[] filename:s"
        " sha256:s date:d originalHostname:s hostname:s username:s organizationName:s policyName:s applicationName:s"
        " requestorReason:s approvalStatus:s approvalBy:s size:l"
    ),
    "RingfenceFile": "filePolicyId:s path:s action:i permission:i",
    "RingfenceNetwork": "networkPolicyId:s server:s port:i action:i serverDisplayName:s",
    "RingfenceRegistry": "registryPolicyId:s path:s action:i permission:i",
    "RingfenceApplication": "name:s applicationId:s osType:i",
    "Ringfencing": (
        "hideCustomRules:b restrictApplicationSpawning:b restrictRegistryAccess:b restrictFileAccess:b"
        " restrictNetworkAccess:b restrictApplication:b rfFilePolicy:RingfenceFile[]"
        " rfNetworkPolicy:RingfenceNetwork[] rfRegistryPolicy:RingfenceRegistry[]"
        " rfAssociatedApplicationPolicy:RingfenceApplication[]"
    ),
    "NetworkExclusion": "policyId:g tagPrefixTypeId:i value:s",
    "FileExclusion": "policyId:g tagItemType:i path:s permission:i",
    "AdminNotes": "ticket:s requestorEmail:s comments:s",
    "Permit": (
        "computerId:g computerGroupId:g organizationId:g organizationIds:g[] osType:i userInstance:s"
        " approvalRequest:Request isFromApproval:b actionLog:AuditFile isFromActionLog:b actionType:s"
        " isElevationRequest:b isExecutionRequest:b isExtensionRequest:b edgeStoreUrl:s chromeStoreUrl:s"
        " canViewOnSystemLookup:b systemLookupUrl:s canViewVirusTotal:b virusTotalUrl:s fileHistoryChecked:b"
        " suggestCustomRule:b? fileDetails:FileDetails matchingApplications:Matching"
        " policyConditions:Conditions policyExpirationDate:d? ringfencingOptions:Ringfencing"
        " networkExclusions:NetworkExclusion[] fileExclusions:FileExclusion[] ringfenceActionId:i"
        " isRingfenced:b hasRingfencingAsProduct:b hasElevation:b organizationHasElevation:b"
        " elevationStatus:i elevationExpiration:i elevationExpirationDate:d? policyLevel:Level"
        " adminNotes:AdminNotes applicationList:ApplicationRow[] systemAudits:any[] allowTMM:b"
        " hasOriginApprovalCenter:b? responseSubject:s responseReason:s notifyOnResponse:b"
    ),
    "StoragePolicyRef": "storagePolicyId:g name:s processesList:s[]",
    "StorageDevice": (
        "storageDeviceId:g organizationId:g name:s serialNumber:s owner:s manufacturer:s storagePolicyId:g"
        " storagePolicyIds:g[]"
    ),
    "UserGroupRef": "text:s value:s",
    "Storage": (
        "approvalRequest:Request addDeviceToExisting:b existingStoragePolicy:StoragePolicyRef addDeviceName:s"
        " policyName:s entityType:i appliesToId:g policyType:s allStorageDevices:b"
        " newStorageDevice:StorageDevice deviceExists:b allFilePaths:b selectedPath:s deviceType:s"
        " encryptionStatus:i json:s allUserGroups:b users:s usersList:s[] userGroups:UserGroupRef[]"
        " expirationDate:d? responseSubject:s responseReason:s notifyOnResponse:b processesList:s[]"
    ),
}

_SEARCHES: Final = {
    "ParamsField": (
        "name:s filterType:i fieldType:i value:s label:s dropdownLabel:s isDropDown:b guidValue:g?"
        " numericValue:i? longValue:l? boolValue:b? dateTimeValue:d? fieldAttributeId:i? listValue:s[]"
        " listGuidValue:g[] listNumericValue:i[] listLongValue:l[] dateTimeInterval:d[]"
    ),
    "AuditSearch": (
        "actionType:s sourceTableId:i actionLogId:l? policyId:g actionId:i? filter:s showChildOrganizations:b"
        " simulateDeny:b onlyTrueDenies:b username:s hostname:s processId:i? fullPath:s deviceType:s"
        " dateTime:d[] groupBy:s pageNumber:i pageSize:i paramsFieldsDto:ParamsField[] startDate:d?"
        " endDate:d? dateTimeLastImported:d? showTotalCount:b getNewCount:b exportMode:b totalRows:i useEId:b"
        " lastSortValue:l sortBy:s sortDescending:b groupBys:i[] actionTypes:s[] showKnownThreatsOnly:b"
        " hasPolicyId:b"
    ),
    "ComputerSearch": (
        "searchText:s computerGroup:g? orderBy:s pageSize:i pageNumber:i childOrganizations:b action:s"
        " isAscending:b kindOfAction:s computerId:g? showLastCheckIn:b showDeleted:b searchBy:i?"
        " threatlockerVersion:s isExport:b"
    ),
    "OrganizationSearch": (
        "pageNumber:i pageSize:i searchText:s childOrganizations:b includeAllChildren:b isAscending:b"
        " orderBy:s"
    ),
    "ApplicationFile": "applicationFileId:l applicationId:g fullPath:s cert:s hash:s",
    "ApplicationMatch": (
        "hash:s sha256:s path:s processPath:s organizationIds:g[] certs:Certificate[] createdBys:s[] osType:i"
        " filename:s folder:s approvalRequestId:g builtInPartialMatchingFiles:ApplicationFile[]"
    ),
    "ApplicationOptions": (
        "organizationId:g osType:i includeBuiltIn:b searchText:s hostName:s appliesToId:g onlyPermitted:b"
    ),
    "PolicySearch": (
        "filter:s pageNumber:i pageSize:i computerGroupId:g? osType:i? searchText:s activeOnly:b"
        " showAllPolicies:b"
    ),
    "PoliciesOfApplication": (
        "applicationId:g organizationId:g pageNumber:i pageSize:i appliesToId:g? includeDenies:b"
    ),
    "RoleSearch": "pageNumber:i pageSize:i",
    "SystemAuditSearch": (
        "emailAddress:s action:s ipAddress:s effectiveAction:s details:s searchText:s ipAddresses:s[]"
        " objectTypeIds:i[] startDate:d? endDate:d? pageSize:i pageNumber:i viewChildOrganizations:b"
        " objectId:g actions:s[] indexName:s afterKeys:any skipPaging:b function:s page:s emailAddresses:s[]"
    ),
}

_MODES: Final = {
    "ModeApplication": "applicationId:g name:s",
    "ModeNewApplication": "applicationId:g applicationName:s createApplicationOnly:b appliesToId:g",
    "ModeCondition": "maintenanceModeConditionTypeId:i value:s",
    "ModeInsert": (
        "allUsers:b automaticApplication:b automaticApplicationType:i computerId:g createNewApplication:b"
        " endDateTime:d existingApplication:ModeApplication maintenanceTypeId:i"
        " newApplication:ModeNewApplication permitEnd:b startDateTime:d useExistingApplication:b"
        " usersList:s[] computerDateTime:d maintenanceModeConditions:ModeCondition[] ticketNumber:s notes:s"
    ),
    "ModeMove": (
        "computerId:g computerName:s isIsolated:b isLockedOut:b lastVersionChange:d? maintenanceEndDate:d?"
        " maintenanceTypeId:i monitorOnlyDateTime:d organizationId:g osType:i pendingBaseFiles:b"
        " threatLockerVersion:s threatLockerVersionId:g? threatLockerVersionGroup:s threatLockerVersionGroupId:g?"
    ),
    "ModeEnd": (
        "appliesToType:i computerId:g computerInstallDate:d? endDateTime:d maintenanceModeId:g"
        " maintenanceTypeId:i startDateTime:d"
    ),
}

_POLICIES: Final = {
    "Policy": (
        "policyId:g name:s applicationIdList:g[] computerGroupId:g osType:i policyActionId:i isEnabled:b"
        " logAction:b elevationStatus:i elevationEndDate:d? policyScheduleStatus:i endDate:d? allowRequest:b"
        " killRunningProcesses:b allDevices:b allUserGroups:b description:s comments:s requestor:s"
        " ticketInfo:s"
    ),
    "PolicyRef": "policyId:g organizationId:g",
    "PolicyCopies": (
        "osType:i policies:PolicyRef[] sourceAppliesToId:g sourceOrganizationId:g targetAppliesToIds:g[]"
    ),
    "PolicyMove": (
        "policyId:g newPolicyComputerGroupId:g applicationId:g computersAffected:i parentId:g osType:i"
    ),
    "Deployment": "",
}

FIELDS: Final[dict[str, str]] = {**_POLICIES, **_APPROVAL, **_PERMIT, **_SEARCHES, **_MODES}
"""Every body by our name for it; `schema.read_body` turns the text into fields."""
