import UploadCore

/// What an HTTP status means to the engine, whatever the service: where a service's own code says nothing, or less.
enum StatusMeaning {
    /// | status | error |
    /// | --- | --- |
    /// | 1xx, 2xx, 3xx | invalidResponse: another one was expected |
    /// | 401 | unauthenticated |
    /// | 403 | forbidden |
    /// | 408 | timedOut |
    /// | 412 | conflict |
    /// | 413 | tooLarge |
    /// | 429, 503, 509 | serverBusy |
    /// | 501, 505 | rejected: the server will not learn it by being asked again |
    /// | 507 | quotaExceeded |
    /// | other 5xx | serverFault |
    /// | other 4xx | rejected |
    static func code(of status: Int) -> UploadError.Code {
        switch status {
        case ..<400: .invalidResponse
        case 401: .unauthenticated
        case 403: .forbidden
        case 408: .timedOut
        case 412: .conflict
        case 413: .tooLarge
        case 429, 503, 509: .serverBusy
        case 501, 505: .rejected
        case 507: .quotaExceeded
        case 500...: .serverFault
        default: .rejected
        }
    }

    /// The meaning of a service's own code, beside the status that it came with. One that only says that a request is bad says less
    /// than a status such as 408 or 413.
    static func code(_ meaning: UploadError.Code, with status: Int) -> UploadError.Code {
        let saysMore = [401, 408, 412, 413, 429].contains(status) || status >= 500
        return meaning == .rejected && saysMore ? code(of: status) : meaning
    }
}
