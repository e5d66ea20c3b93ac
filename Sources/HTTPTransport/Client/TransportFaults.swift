import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import UploadCore

/// The stall that the transport's own watchdog found.
struct Stalled: Error {}

/// A response longer than the transport takes.
struct ResponseTooLong: Error {}

/// What ends a request without a response, as `UploadError`.
enum TransportFaults {
    static func classify(_ error: any Error, host: String) -> UploadError {
        switch error {
        case let error as UploadError: error
        case is CancellationError: UploadError(.cancelled, "the request was cancelled")
        case is Stalled: UploadError(.timedOut, "\(host) made no progress with the request or its response")
        case is ResponseTooLong: UploadError(.invalidResponse, "\(host) sent a response of unreasonable length")
        case let error as NIOConnectionError: connectionFailure(error, host)
        case let error as IOError: systemFailure(error, host)
        case let error as HTTPClientError: clientFailure(error, host)
        case is ForeignResponse: UploadError(.invalidResponse, "malformed response: \(host) sent a status that HTTP does not have")
        case is HTTPParserError: UploadError(.invalidResponse, "malformed response: \(host) does not speak HTTP")
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            UploadError(.unreachable, "no secure connection to \(host): \(secureFailure(error))")
        case is ChannelError: UploadError(.connectionLost, "the connection to \(host) was lost")
        default: UploadError(.connectionLost, "the connection to \(host) failed: \(error)")
        }
    }

    /// A certificate that is not trusted is the failure that people can do something about; the others keep the library's words.
    private static func secureFailure(_ error: any Error) -> String {
        let words = "\(error)"
        return words.contains("CERTIFICATE_VERIFY_FAILED") || error is NIOSSLExtraError ? "its certificate is not trusted" : words
    }

    private static func connectionFailure(_ error: NIOConnectionError, _ host: String) -> UploadError {
        if error.dnsAError != nil || error.dnsAAAAError != nil, error.connectionErrors.isEmpty {
            return UploadError(.unreachable, "the name \(host) cannot be resolved")
        }
        if let cause = error.connectionErrors.lazy.compactMap({ $0.error as? IOError }).first {
            return UploadError(.unreachable, "\(host) cannot be reached: \(String(cString: strerror(cause.errnoCode)))")
        }
        return UploadError(.unreachable, "\(host) cannot be reached")
    }

    private static func systemFailure(_ error: IOError, _ host: String) -> UploadError {
        let cause = String(cString: strerror(error.errnoCode))
        switch error.errnoCode {
        case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EADDRNOTAVAIL:
            return UploadError(.unreachable, "\(host) cannot be reached: \(cause)")
        case ETIMEDOUT:
            return UploadError(.timedOut, "the connection to \(host) timed out")
        default:
            return UploadError(.connectionLost, "the connection to \(host) was lost: \(cause)")
        }
    }

    /// The library's error carries the header's text, which may be a secret, so only its short form is reported.
    private static func isInvalidHeader(_ error: HTTPClientError) -> Bool {
        [HTTPClientError.invalidHeaderFieldNames([]), .invalidHeaderFieldValues([])].map(\.shortDescription).contains(error.shortDescription)
    }

    private static func clientFailure(_ error: HTTPClientError, _ host: String) -> UploadError {
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
            UploadError(.unreachable, "\(host) cannot be reached: no connection in time")
        case .proxyAuthenticationRequired, .invalidProxyResponse:
            UploadError(.unreachable, "the proxy on the way to \(host) refused the connection")
        case .readTimeout, .writeTimeout, .deadlineExceeded:
            UploadError(.timedOut, "\(host) did not respond in time")
        case .getConnectionFromPoolTimeout:
            UploadError(.timedOut, "no connection to \(host) became free in time")
        case .cancelled, .requestStreamCancelled:
            UploadError(.cancelled, "the request was cancelled")
        case .bodyLengthMismatch:
            UploadError(.unreadable, "the file gave more or fewer bytes than the request had announced")
        case .alreadyShutdown:
            UploadError(.cancelled, "the program is stopping")
        case .invalidURL, .emptyHost, .emptyScheme:
            UploadError(.invalidResponse, "the server returned an invalid URL")
        case _ where isInvalidHeader(error):
            UploadError(.rejected, "a header of the request contains characters that headers cannot hold")
        default:
            UploadError(.connectionLost, "the connection to \(host) was lost: \(error.shortDescription)")
        }
    }
}
