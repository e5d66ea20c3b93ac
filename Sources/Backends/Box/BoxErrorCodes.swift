import UploadCore

/// The codes of Box's errors, and what each means. Source: developer.box.com, "Errors" (common-errors), and the references of the
/// requests for uploads and upload sessions.
enum BoxErrorCodes {
    /// What `code` means; nil where it is unknown, or where the status and the request decide.
    static func meaning(of code: String) -> UploadError.Code? { byCode[code] }

    private static let byCode = Dictionary(
        meanings.flatMap { meaning, codes in codes.map { ($0, meaning) } }, uniquingKeysWith: { first, _ in first })

    static let meanings: [UploadError.Code: [String]] = [
        .serverBusy: [
            "operation_blocked_temporary",
            // "reserved by another processing item. Wait and then retry the request"
            "name_temporarily_reserved", "rate_limit_exceeded", "unavailable",
            // Right after the last part this only means that not all of them have been processed.
            BoxFaults.partsMismatch,
        ],
        .digestMismatch: ["bad_digest", "digest_mismatch"],
        .unauthenticated: ["unauthorized", "invalid_token", "expired_token"],
        .quotaExceeded: ["storage_limit_exceeded"],
        .tooLarge: ["file_size_limit_exceeded", "request_entity_too_large"],
        // What the account's owner or administrator can repair: tried again at a slow pace.
        .forbidden: [
            "access_denied_insufficient_permissions", "insufficient_scope", "access_denied_item_locked", "access_from_location_blocked",
            "forbidden", "forbidden_by_policy", "password_reset_required", "terms_of_service_required", "user_email_confirmation_required",
            "incorrect_shared_item_password", "cors_origin_not_whitelisted",
        ],
        .sessionGone: ["session_expired", "upload_failed", "invalid_upload_session_id"],
        .invalidName: ["item_name_invalid", "item_name_too_long"],
        .conflict: ["precondition_failed", "sync_state_precondition_failed"],
        .rejected: [
            "bad_request", "invalid_limit", "invalid_offset", "invalid_request_parameters", "metadata_after_file_contents",
            "missing_destination", "invalid_folder_id", "missing_file_size", "invalid_file_size", "file_size_too_small", "missing_file_name",
            "cyclical_folder_structure", "folder_not_empty", "sync_item_move_failure", "method_not_allowed", "length_required",
            "unsupported_media_type", "cannot_make_collaborated_subfolder_private", "collaborations_not_available_on_root_folder",
            "invalid_collaboration_item", "invalid_status", "requested_page_out_of_range", "requested_preview_unavailable",
            "task_assignee_not_allowed", "user_already_collaborator", "recent_similar_comment", "user_login_already_used",
        ],
    ]

    /// Codes that say no more than their status does, or that mean one thing or another according to what was asked for.
    static let decidedByStatus: Set<String> = [
        "not_found", "trashed", "not_trashed", "preview_cannot_be_generated", "conflict", "item_name_in_use", "internal_server_error",
        "bad_gateway", "invalid_parameter",
    ]
}
