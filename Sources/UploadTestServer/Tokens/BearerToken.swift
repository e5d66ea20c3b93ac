/// The access token that services other than an emulator's want with every request.
enum BearerToken {
    static func check(_ exchange: Exchange) throws {
        guard exchange.header("authorization") == "Bearer \(TokenService.token)" else { throw GoogleError.unauthorized }
    }
}
