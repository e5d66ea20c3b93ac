import Testing

@testable import HTTPTransport

@Suite struct ProxyRulesTests {
    private func host(_ environment: [String: String], _ url: String) throws -> String? {
        let rules = try ProxyRules(environment: environment)
        return rules.server(for: try #require(RequestURL(url))).map { "\($0.host):\($0.port)" }
    }

    @Test func eachSchemeHasItsOwnProxy() throws {
        let environment = ["http_proxy": "http://plain:3128", "HTTPS_PROXY": "secure:3129"]
        #expect(try host(environment, "http://example.org/") == "plain:3128")
        #expect(try host(environment, "https://example.org/") == "secure:3129")
        #expect(try host([:], "https://example.org/") == nil)
        #expect(try host(["HTTP_PROXY": "http://cgi:1"], "http://example.org/") == nil)
    }

    @Test func thisMachineIsReachedDirectly() throws {
        let environment = ["http_proxy": "http://p:1", "https_proxy": "http://p:1"]
        for url in ["http://localhost:1/", "http://127.0.0.1/", "http://[::1]:8/", "http://169.254.169.254/", "http://metadata.google.internal/"] {
            #expect(try host(environment, url) == nil, "\(url)")
        }
    }

    @Test(arguments: [
        ("*", true), ("example.org", true), (".example.org", true), ("*.example.org", true), ("org", true), ("xample.org", false),
        ("example.org:443", true), ("example.org:80", false), ("other.net, example.org", true), ("", false),
    ])
    func exceptionsAreDomains(exceptions: String, isDirect: Bool) throws {
        let environment = ["https_proxy": "http://p:1", "no_proxy": exceptions]
        #expect((try host(environment, "https://storage.example.org/") == nil) == isDirect)
    }

    @Test func aProxyHasUserAndKind() throws {
        let rules = try ProxyRules(environment: ["https_proxy": "http://me:pw@p:8080", "http_proxy": "socks5://s"])
        #expect(rules.https == ProxyRules.Server(kind: .http, host: "p", port: 8080, user: "me", password: Secret("pw")))
        #expect(!"\(rules)".contains("pw"))
        #expect(rules.http == ProxyRules.Server(kind: .socks5, host: "s", port: 1080, user: nil, password: nil))
    }

    @Test(arguments: ["https://p:1", "ftp://p", "http://", "://"])
    func aProxyThatCanNotBeUsedIsRefused(text: String) {
        #expect(throws: TransportConfigurationError.self) { try ProxyRules(environment: ["https_proxy": text]) }
    }
}
