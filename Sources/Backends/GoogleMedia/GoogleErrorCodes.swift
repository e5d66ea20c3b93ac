import UploadCore

/// The reasons that Google's services give for a refusal, and what each means. Sources: "HTTP status and error codes for JSON"
/// (cloud.google.com/storage/docs/json_api/v1/status-codes), "Resolve errors" (developers.google.com/drive/api/guides/handle-errors),
/// and google.rpc.Code with google.rpc.ErrorInfo for the others.
enum GoogleErrorCodes {
    /// What `reason` means, in whatever capitals; nil where it is unknown, or where the status decides.
    static func meaning(of reason: String) -> UploadError.Code? { byLowercase[reason.lowercased()] }

    private static let byLowercase = Dictionary(
        meanings.flatMap { meaning, reasons in reasons.map { ($0.lowercased(), meaning) } }, uniquingKeysWith: { first, _ in first })

    static let meanings: [UploadError.Code: [String]] = [
        .serverBusy: [
            "rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded", "usageLimits.rateLimitExceeded",
            // "The metadata for object … was edited during the operation. Please try again."
            "conflict", "aborted", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED",
        ],
        .timedOut: ["uploadBrokenConnection"],
        .unauthenticated: [
            "authError", "expired", "lockedDomainExpired", "AuthenticationRequiredRequesterPays", "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED",
            "CREDENTIALS_MISSING",
        ],
        .quotaExceeded: [
            "quotaExceeded", "storageQuotaExceeded", "storageQuota", "dailyLimitExceeded", "teamDriveFileLimitExceeded",
            "numChildrenInNonRootLimitExceeded", "activeItemCreationLimitExceeded", "UrlLeaseLimitExceeded", "uploadLimitExceeded",
        ],
        // What the owner of the destination can repair: tried again at a slow pace.
        .forbidden: [
            "forbidden", "insufficientPermissions", "insufficientFilePermissions", "insufficientParentPermissions", "appNotAuthorizedToFile",
            "domainPolicy", "accessNotConfigured", "accountDisabled", "countryBlocked", "sslRequired", "objectUnderActiveHold",
            "retentionPolicyNotMet", "orgPolicyConstraintFailed", "stopChannelCallerNotOwner", "userAccess", "fileOwnerNotMemberOfTeamDrive",
            "fileWriterTeamDriveMoveInDisabled", "teamDrivesFolderMoveInNotSupported", "cannotModifyInheritedTeamDrivePermission",
            "targetUserRoleLimitedByLicenseRestriction", "UserProjectAccessDenied", "UserProjectAccountProblem", "UserProjectMissing",
            "UserProjectInvalid", "UserProjectInconsistent", "cloudKmsBadKey", "cloudKmsDisabledKey", "cloudKmsDecryptionKeyNotFound",
            "cloudKmsEncryptionKeyNotFound", "cloudKmsPermissionDenied", "SERVICE_DISABLED", "PERMISSION_DENIED",
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        ],
        .conflict: ["conditionNotMet", "fileIdInUse", "ALREADY_EXISTS"],
        .tooLarge: ["uploadTooLarge"],
        .rejected: [
            "badRequest", "badRequestException", "invalid", "invalidAltValue", "invalidArgument", "invalidParameter", "parseError", "turnedDown",
            "customerEncryptionAlgorithmIsInvalid", "customerEncryptionKeyFormatIsInvalid", "customerEncryptionKeyIsIncorrect",
            "customerEncryptionKeySha256IsInvalid", "resourceIsEncryptedWithCustomerEncryptionKey",
            "resourceNotEncryptedWithCustomerEncryptionKey", "cloudKmsCannotChangeKeyName", "cloudKmsKeyLocationNotAllowed",
            "invalidSharingRequest", "notDownload", "methodNotAllowed", "lengthRequired", "notImplemented", "teamDriveHierarchyTooDeep",
            "myDriveHierarchyDepthLimitExceeded", "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "UNIMPLEMENTED",
        ],
    ]

    /// Reasons that say no more than their status does, or that mean one thing or another according to what was asked for.
    static let decidedByStatus: Set<String> = [
        "required", "notFound", "gone", "requestedRangeNotSatisfiable", "clientClosedRequest", "backendError", "internalError", "badGateway",
        "gatewayTimeout", "NOT_FOUND", "CANCELLED", "UNKNOWN", "INTERNAL", "DATA_LOSS", "UNAVAILABLE", "DEADLINE_EXCEEDED",
    ]
}
