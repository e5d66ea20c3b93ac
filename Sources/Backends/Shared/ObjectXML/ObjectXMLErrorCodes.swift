import UploadCore

/// The codes of the services that respond in XML, and what each means. Sources: OBS's API reference, "Error Codes" (obs_04_0115), and
/// "HTTP status and error codes for XML" (cloud.google.com/storage/docs/xml-api/reference-status).
enum ObjectXMLErrorCodes {
    /// What `code` means; nil where it is unknown, or where the status decides.
    static func meaning(of code: String) -> UploadError.Code? { byCode[code] }

    private static let byCode = Dictionary(
        meanings.flatMap { meaning, codes in codes.map { ($0, meaning) } }, uniquingKeysWith: { first, _ in first })

    static let meanings: [UploadError.Code: [String]] = [
        .serverBusy: [
            "SlowDown", "ServiceUnavailable", "OperationAborted", "TooManyRequests", "UserRateLimitExceeded", "GetQosTokenException",
        ],
        .serverFault: ["InternalError", "InvalidPart", "InvalidPartOrder"],
        .timedOut: ["RequestTimeout", "UploadBrokenConnection"],
        // "You did not provide the number of bytes specified by the Content-Length header": the body was cut on its way.
        .connectionLost: ["IncompleteBody"],
        .sessionGone: ["NoSuchUpload"],
        .noSuchBucket: ["NoSuchBucket"],
        .digestMismatch: ["BadDigest", "InvalidDigest", "CrcMismatch"],
        .unauthenticated: [
            "SignatureDoesNotMatch", "InvalidAccessKeyId", "RequestTimeTooSkewed", "TooManyWrongSignature", "ExpiredToken", "InvalidToken",
            "AuthenticationRequired", "Unauthorized", "InvalidSecurity", "MissingSecurityHeader",
        ],
        // What the owner of the account or bucket can repair: tried again at a slow pace.
        .forbidden: [
            "AccessDenied", "AccessForbidden", "AllAccessDisabled", "AccountProblem", "DeregisterUserId", "FrozenUserId", "NotSignedUp",
            "InvalidPayer", "InvalidBucketState", "InvalidObjectState", "ObjectUnderActiveHold", "RetentionPolicyNotMet", "UserProjectAccessDenied",
            "UserProjectAccountProblem", "UserProjectMissing", "UserProjectInvalid", "UserProjectInconsistent", "KMS.DisabledException",
            "KMS.NotFoundException", "CloudKmsBadKey", "CloudKmsDisabledKey", "CloudKmsDecryptionKeyNotFound", "CloudKmsEncryptionKeyNotFound",
        ],
        .quotaExceeded: ["InsufficientStorageSpace", "InArrearOrInsufficientBalance"],
        .conflict: ["PreconditionFailed"],
        .tooLarge: ["EntityTooLarge"],
        .invalidName: ["KeyTooLongError", "KeyTooLong", "InvalidURI"],
        .rejected: [
            "AmbiguousGrantByEmailAddress", "BadDomainName", "BadRequest", "CloudKmsCannotChangeKeyName", "CloudKmsKeyLocationNotAllowed",
            "CredentialsNotSupported", "CustomDomainAreadyExist", "CustomDomainNotExist", "CustomerEncryptionAlgorithmIsInvalid",
            "CustomerEncryptionKeyFormatIsInvalid", "CustomerEncryptionKeyIsIncorrect", "CustomerEncryptionKeySha256IsInvalid",
            "EntityTooSmall", "ExcessHeaderValues", "FsNotSupport", "IllegalLocationConstraintException", "IllegalVersioningConfigurationException",
            "IncorrectNumberOfFilesInPostRequest", "InvalidArgument", "InvalidBucket", "InvalidBucketName", "InvalidEncryptionAlgorithmError",
            "InvalidLocationConstraint", "InvalidPolicyDocument", "InvalidRange", "InvalidRedirectLocation", "InvalidRequest",
            "InvalidRequestBody", "InvalidStorageClass", "InvalidTargetBucketForLogging", "MalformedACLError", "MalformedError",
            "MalformedHeaderValue", "MalformedLoggingStatus", "MalformedPolicy", "MalformedQuotaError", "MalformedXML",
            "MaxMessageLengthExceeded", "MetadataTooLarge", "MethodNotAllowed", "MissingContentLength", "MissingRegion",
            "MissingRequestBodyError", "MissingRequiredHeader", "NoLoggingStatusForKey", "NoSuchBucketPolicy", "NoSuchCORSConfiguration",
            "NoSuchCustomDomain", "NoSuchKey", "NoSuchLifecycleConfiguration", "NoSuchVersion", "NoSuchWebsiteConfiguration", "NotImplemented",
            "ObjectNotAppendable", "RequestIsNotMultiPartContent", "ResourceIsEncryptedWithCustomerEncryptionKey",
            "ResourceNotEncryptedWithCustomerEncryptionKey", "ServiceNotImplemented", "ServiceNotSupported", "TooManyBuckets",
            "TooManyCustomDomains", "UnexpectedContent", "UnresolvableGrantByEmailAddress", "UserKeyMustBeSpecified",
            "VirtualHostDomainRequired", "BucketAlreadyExists", "BucketAlreadyOwnedByYou", "BucketNameUnavailable", "BucketNotEmpty",
        ],
    ]

    /// Codes that the status says as much as: redirections, which name another host.
    static let decidedByStatus: Set<String> = ["PermanentRedirect", "TemporaryRedirect", "Redirect", "WebsiteRedirect"]
}
