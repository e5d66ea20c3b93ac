import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

/// The services' published lists of error codes, each code with its status and the class that it has to have.
@Suite struct PublishedErrorCodeTests {
    /// A line of a list: `STATUS CLASS: CODE CODE …`.
    struct Row: Sendable, CustomTestStringConvertible {
        let status: Int
        let code: String
        let expected: UploadError.Code

        var testDescription: String { "\(status) \(code): \(expected)" }
    }

    static func rows(_ list: String) -> [Row] {
        list.split(separator: "\n").flatMap { line -> [Row] in
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 2, let status = Int(words[0]), let expected = UploadError.Code(rawValue: words[1]) else {
                Issue.record("'\(line)' is no row")
                return []
            }
            return words.dropFirst(2).map { Row(status: status, code: $0, expected: expected) }
        }
    }

    // MARK: Google

    static let google = rows(
        """
        400 rejected badRequest badRequestException invalid invalidAltValue invalidArgument invalidParameter parseError required turnedDown
        400 rejected customerEncryptionAlgorithmIsInvalid customerEncryptionKeyFormatIsInvalid customerEncryptionKeyIsIncorrect
        400 rejected customerEncryptionKeySha256IsInvalid resourceIsEncryptedWithCustomerEncryptionKey
        400 rejected resourceNotEncryptedWithCustomerEncryptionKey cloudKmsCannotChangeKeyName cloudKmsKeyLocationNotAllowed
        400 rejected invalidSharingRequest notDownload INVALID_ARGUMENT FAILED_PRECONDITION OUT_OF_RANGE
        400 forbidden UserProjectInconsistent UserProjectInvalid UserProjectMissing cloudKmsBadKey cloudKmsDecryptionKeyNotFound
        400 forbidden cloudKmsDisabledKey cloudKmsEncryptionKeyNotFound
        400 quotaExceeded uploadLimitExceeded
        401 unauthenticated authError expired lockedDomainExpired required AuthenticationRequiredRequesterPays UNAUTHENTICATED
        401 unauthenticated ACCESS_TOKEN_EXPIRED CREDENTIALS_MISSING
        403 forbidden accessNotConfigured accountDisabled countryBlocked forbidden insufficientPermissions sslRequired objectUnderActiveHold
        403 forbidden retentionPolicyNotMet stopChannelCallerNotOwner UserProjectAccessDenied UserProjectAccountProblem
        403 forbidden cloudKmsPermissionDenied appNotAuthorizedToFile domainPolicy insufficientFilePermissions insufficientParentPermissions
        403 forbidden userAccess fileOwnerNotMemberOfTeamDrive fileWriterTeamDriveMoveInDisabled teamDrivesFolderMoveInNotSupported
        403 forbidden cannotModifyInheritedTeamDrivePermission targetUserRoleLimitedByLicenseRestriction SERVICE_DISABLED
        403 forbidden PERMISSION_DENIED ACCESS_TOKEN_SCOPE_INSUFFICIENT
        403 serverBusy rateLimitExceeded userRateLimitExceeded sharingRateLimitExceeded RATE_LIMIT_EXCEEDED
        403 quotaExceeded quotaExceeded dailyLimitExceeded storageQuotaExceeded storageQuota teamDriveFileLimitExceeded
        403 quotaExceeded numChildrenInNonRootLimitExceeded activeItemCreationLimitExceeded UrlLeaseLimitExceeded
        403 rejected teamDriveHierarchyTooDeep myDriveHierarchyDepthLimitExceeded
        404 rejected notFound NOT_FOUND
        405 rejected methodNotAllowed
        408 timedOut uploadBrokenConnection
        409 serverBusy conflict aborted
        409 conflict fileIdInUse ALREADY_EXISTS
        410 rejected gone
        411 rejected lengthRequired
        412 conflict conditionNotMet
        412 forbidden orgPolicyConstraintFailed
        413 tooLarge uploadTooLarge
        416 rejected requestedRangeNotSatisfiable
        429 serverBusy rateLimitExceeded userRateLimitExceeded usageLimits.rateLimitExceeded RESOURCE_EXHAUSTED
        499 rejected clientClosedRequest CANCELLED
        500 serverFault backendError internalError UNKNOWN INTERNAL DATA_LOSS
        501 rejected notImplemented UNIMPLEMENTED
        502 serverFault badGateway
        503 serverBusy backendError UNAVAILABLE
        504 serverFault gatewayTimeout DEADLINE_EXCEEDED
        """)

    private let googleFaults = GoogleFaults(missing: UploadError(.noSuchBucket, "gone"))

    @Test(arguments: google)
    func aReasonOfGoogleHasItsClass(_ row: Row) {
        for document in [
            #"{"error":{"code":1,"message":"Words.","errors":[{"domain":"global","reason":"\#(row.code)"}]}}"#,
            #"{"error":{"code":1,"message":"Words.","status":"\#(row.code)"}}"#,
            #"{"error":{"code":1,"message":"Words.","status":"X","details":[{"@type":"x"},7,{"reason":1},{"reason":"\#(row.code)"}]}}"#,
        ] {
            let error = googleFaults.classify(HTTPResponse(.init(statusCode: row.status), text: document), about: .object)
            #expect(error.code == row.expected, "\(document)")
        }
    }

    @Test func everyReasonOfGoogleIsInTheList() {
        #expect(Set(Self.google.map(\.code)) == Set(GoogleErrorCodes.meanings.values.joined()).union(GoogleErrorCodes.decidedByStatus))
    }

    /// Drive and media methods take all their sessions' refusals through the same table; what is gone depends on the subject.
    @Test(arguments: [
        (404, UploadError.Code.sessionGone), (410, .sessionGone), (499, .sessionGone), (416, .serverFault), (308, .invalidResponse), (505, .rejected),
        (507, .quotaExceeded), (599, .serverFault),
    ])
    func aSessionsStatusHasItsClass(_ status: Int, _ expected: UploadError.Code) {
        #expect(googleFaults.classify(HTTPResponse(.init(statusCode: status), text: ""), about: .session).code == expected)
    }

    /// "The request is bad" says less than a status that names what is wrong with it.
    @Test(arguments: [
        (408, UploadError.Code.timedOut), (412, .conflict), (413, .tooLarge), (429, .serverBusy), (500, .serverFault), (503, .serverBusy),
        (400, .rejected), (403, .rejected), (409, .rejected),
    ])
    func aVagueCodeYieldsToAClearStatus(_ status: Int, _ expected: UploadError.Code) {
        let google = HTTPResponse(.init(statusCode: status), text: #"{"error":{"errors":[{"reason":"invalid"}]}}"#)
        let xml = HTTPResponse(.init(statusCode: status), text: "<Error><Code>InvalidRequest</Code></Error>")
        #expect(googleFaults.classify(google, about: .object).code == expected)
        #expect(ObjectXMLFaults(bucket: "b").classify(xml).code == expected)
        #expect(ofBox(status, "bad_request").code == expected)
    }

    // MARK: Box

    static let box = rows(
        """
        400 digestMismatch bad_digest digest_mismatch
        400 serverBusy parts_mismatch
        400 invalidName item_name_invalid item_name_too_long
        400 sessionGone invalid_upload_session_id
        400 forbidden password_reset_required terms_of_service_required
        400 rejected bad_request invalid_limit invalid_offset invalid_request_parameters metadata_after_file_contents missing_destination
        400 rejected invalid_folder_id missing_file_size invalid_file_size file_size_too_small missing_file_name cyclical_folder_structure
        400 rejected folder_not_empty sync_item_move_failure cannot_make_collaborated_subfolder_private
        400 rejected collaborations_not_available_on_root_folder invalid_collaboration_item invalid_status requested_page_out_of_range
        400 rejected requested_preview_unavailable task_assignee_not_allowed user_already_collaborator
        401 unauthenticated unauthorized invalid_token expired_token
        403 forbidden access_denied_insufficient_permissions insufficient_scope access_denied_item_locked access_from_location_blocked
        403 forbidden forbidden forbidden_by_policy user_email_confirmation_required incorrect_shared_item_password
        403 forbidden cors_origin_not_whitelisted
        403 tooLarge file_size_limit_exceeded
        403 quotaExceeded storage_limit_exceeded
        404 noSuchBucket not_found trashed not_trashed preview_cannot_be_generated invalid_parameter
        405 rejected method_not_allowed
        409 conflict conflict item_name_in_use
        409 serverBusy name_temporarily_reserved operation_blocked_temporary
        409 rejected recent_similar_comment user_login_already_used
        410 sessionGone session_expired upload_failed
        411 rejected length_required
        412 conflict precondition_failed sync_state_precondition_failed
        413 tooLarge request_entity_too_large
        415 rejected unsupported_media_type
        429 serverBusy rate_limit_exceeded
        500 serverFault internal_server_error
        502 serverFault bad_gateway
        503 serverBusy unavailable
        """)

    private func ofBox(_ status: Int, _ code: String, about subject: BoxFaults.Subject = .name("a")) -> UploadError {
        let answer = HTTPResponse(.init(statusCode: status), text: #"{"type":"error","code":"\#(code)","message":"Words."}"#)
        return BoxFaults().classify(answer, about: subject)
    }

    @Test(arguments: box)
    func aCodeOfBoxHasItsClass(_ row: Row) {
        #expect(ofBox(row.status, row.code).code == row.expected)
    }

    @Test func everyCodeOfBoxIsInTheList() {
        #expect(Set(Self.box.map(\.code)) == Set(BoxErrorCodes.meanings.values.joined()).union(BoxErrorCodes.decidedByStatus))
    }

    /// The session is asked what it has, and what is missing is sent again.
    @Test(arguments: [
        (400, "bad_digest"), (400, "digest_mismatch"), (409, "conflict"), (416, "x"), (416, "bad_request"), (500, "internal_server_error"),
    ])
    func aRefusedPartIsLookedForAndSentAgain(_ status: Int, _ code: String) {
        #expect(ofBox(status, code, about: .part).code == .serverFault)
    }

    @Test(arguments: [501, 505])
    func whatIsNotImplementedIsNotTriedAgain(_ status: Int) {
        let xml = ObjectXMLFaults(bucket: "b").classify(HTTPResponse(.init(statusCode: status), text: ""))
        let google = googleFaults.classify(HTTPResponse(.init(statusCode: status), text: ""), about: .session)
        for error in [ofBox(status, "x"), ofBox(status, "x", about: .part), xml, google] {
            #expect(error.disposition == .permanent && error.sentence.contains("not support this request (status \(status)); check "))
        }
    }

    // MARK: XML

    static let xml = rows(
        """
        200 serverFault InternalError
        200 serverBusy SlowDown
        301 rejected PermanentRedirect WebsiteRedirect
        307 rejected TemporaryRedirect Redirect
        400 digestMismatch BadDigest InvalidDigest CrcMismatch
        400 serverFault InvalidPart InvalidPartOrder
        400 timedOut RequestTimeout
        400 connectionLost IncompleteBody
        400 tooLarge EntityTooLarge
        400 invalidName KeyTooLongError KeyTooLong InvalidURI
        400 unauthenticated ExpiredToken InvalidToken TooManyWrongSignature MissingSecurityHeader
        400 forbidden UserProjectInconsistent UserProjectInvalid UserProjectMissing KMS.DisabledException KMS.NotFoundException CloudKmsBadKey
        400 forbidden CloudKmsDecryptionKeyNotFound CloudKmsDisabledKey CloudKmsEncryptionKeyNotFound
        400 rejected AmbiguousGrantByEmailAddress BadDomainName BadRequest CloudKmsCannotChangeKeyName CloudKmsKeyLocationNotAllowed
        400 rejected CredentialsNotSupported CustomDomainAreadyExist CustomDomainNotExist CustomerEncryptionAlgorithmIsInvalid
        400 rejected CustomerEncryptionKeyFormatIsInvalid CustomerEncryptionKeyIsIncorrect CustomerEncryptionKeySha256IsInvalid EntityTooSmall
        400 rejected ExcessHeaderValues IllegalLocationConstraintException IllegalVersioningConfigurationException
        400 rejected IncorrectNumberOfFilesInPostRequest InvalidArgument InvalidBucket InvalidBucketName InvalidEncryptionAlgorithmError
        400 rejected InvalidLocationConstraint InvalidPolicyDocument InvalidRedirectLocation InvalidRequest InvalidRequestBody
        400 rejected InvalidStorageClass InvalidTargetBucketForLogging MalformedACLError MalformedError MalformedHeaderValue
        400 rejected MalformedLoggingStatus MalformedPolicy MalformedQuotaError MalformedXML MaxMessageLengthExceeded MetadataTooLarge
        400 rejected MissingRegion MissingRequestBodyError MissingRequiredHeader NoLoggingStatusForKey RequestIsNotMultiPartContent
        400 rejected ResourceIsEncryptedWithCustomerEncryptionKey ResourceNotEncryptedWithCustomerEncryptionKey TooManyBuckets
        400 rejected TooManyCustomDomains UnexpectedContent UnresolvableGrantByEmailAddress UserKeyMustBeSpecified
        401 unauthenticated AuthenticationRequired
        403 unauthenticated InvalidAccessKeyId SignatureDoesNotMatch RequestTimeTooSkewed Unauthorized InvalidSecurity
        403 quotaExceeded InsufficientStorageSpace InArrearOrInsufficientBalance
        403 forbidden AccessDenied AccessForbidden AllAccessDisabled AccountProblem DeregisterUserId FrozenUserId NotSignedUp InvalidPayer
        403 forbidden InvalidObjectState ObjectUnderActiveHold RetentionPolicyNotMet UserProjectAccessDenied UserProjectAccountProblem
        403 rejected VirtualHostDomainRequired
        404 sessionGone NoSuchUpload
        404 noSuchBucket NoSuchBucket
        404 rejected NoSuchKey NoSuchVersion NoSuchBucketPolicy NoSuchCORSConfiguration NoSuchCustomDomain NoSuchLifecycleConfiguration
        404 rejected NoSuchWebsiteConfiguration
        405 rejected MethodNotAllowed FsNotSupport
        408 timedOut RequestTimeout UploadBrokenConnection
        409 serverBusy OperationAborted
        409 forbidden InvalidBucketState
        409 rejected BucketAlreadyExists BucketAlreadyOwnedByYou BucketNameUnavailable BucketNotEmpty ObjectNotAppendable ServiceNotSupported
        411 rejected MissingContentLength
        412 conflict PreconditionFailed
        416 rejected InvalidRange
        429 serverBusy TooManyRequests UserRateLimitExceeded SlowDown
        500 serverFault InternalError
        501 rejected NotImplemented ServiceNotImplemented
        503 serverBusy ServiceUnavailable SlowDown GetQosTokenException
        """)

    @Test(arguments: xml)
    func aCodeInXMLHasItsClass(_ row: Row) {
        let text = "<?xml version=\"1.0\"?><Error><Code>\(row.code)</Code><Message>Words.</Message></Error>"
        let error = ObjectXMLFaults(bucket: "b").classify(HTTPResponse(.init(statusCode: row.status), text: text))
        #expect(error.code == row.expected)
    }

    @Test func everyCodeInXMLIsInTheList() {
        #expect(Set(Self.xml.map(\.code)) == Set(ObjectXMLErrorCodes.meanings.values.joined()).union(ObjectXMLErrorCodes.decidedByStatus))
    }
}
