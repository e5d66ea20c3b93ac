import HTTPTransport
import struct Foundation.URLComponents

/// The base URL of a service that a user gives in place of the service's own.
enum ServiceURL {
    /// - Parameter source: what it was read from, such as `the option endpoint`.
    /// - Returns: the URL without slashes at its ends.
    static func base(_ text: String, from source: String = "the option endpoint") throws(DestinationError) -> String {
        guard RequestURL(text) != nil, let url = URLComponents(string: text), url.query == nil, url.fragment == nil, url.user == nil else {
            throw DestinationError("\(source) must be an http or https URL, such as https://HOST or http://HOST:PORT")
        }
        return text.trimmed("/")
    }
}
