/// A search (`q`) of Drive: terms with `and`, `or`, `not` and parentheses, as
/// `name = 'a' and 'FOLDER' in parents and trashed = false`.
indirect enum DriveQuery: Equatable {
    case name(Comparison, String)
    case mimeType(Comparison, String)
    case parent(String)
    case trashed(Bool)
    case appProperty(key: String, value: String)
    case modifiedTime(Comparison, String)
    case and(DriveQuery, DriveQuery)
    case or(DriveQuery, DriveQuery)
    case not(DriveQuery)

    enum Comparison: String {
        case equal = "="
        case unequal = "!="
        case less = "<"
        case greater = ">"
        case atMost = "<="
        case atLeast = ">="
        case contains
    }

    init(_ text: String) throws {
        var parser = Parser(tokens: try Token.scan(text))
        self = try parser.alternatives()
        guard parser.isAtEnd else { throw GoogleError.badRequest("Invalid Value: q") }
    }

    /// The folders that it names.
    var parents: [String] {
        switch self {
        case .parent(let id): [id]
        case .and(let left, let right), .or(let left, let right): left.parents + right.parents
        case .not(let query): query.parents
        case .name, .mimeType, .trashed, .appProperty, .modifiedTime: []
        }
    }

    func matches(_ file: DriveItem, in tree: DriveTree) -> Bool {
        switch self {
        case .name(let comparison, let value): comparison.holds(ofName: file.name, value)
        case .mimeType(let comparison, let value): comparison.holds(file.mimeType, value)
        case .parent(let id): file.parent == (id == "root" ? DriveID.root : id)
        case .trashed(let value): tree.isTrashed(file) == value
        case .appProperty(let key, let value): file.appProperties[key]?.string == value
        case .modifiedTime(let comparison, let value): comparison.holds(file.modifiedTime, value)
        case .and(let left, let right): left.matches(file, in: tree) && right.matches(file, in: tree)
        case .or(let left, let right): left.matches(file, in: tree) || right.matches(file, in: tree)
        case .not(let query): !query.matches(file, in: tree)
        }
    }
}

extension DriveQuery.Comparison {
    /// `name = '…'` ignores case, and, as nothing is said about it, also the Unicode form: a client must not rely on either. Names with an
    /// upper-case letter beyond ASCII are not found at all, as reported of the service (rclone issue 1675, prasmussen/gdrive issue 357).
    fileprivate func holds(ofName actual: String, _ value: String) -> Bool {
        switch self {
        case .equal: Self.isFound(value) && actual.lowercased() == value.lowercased()
        case .unequal: actual.lowercased() != value.lowercased()
        default: holds(actual, value)
        }
    }

    private static func isFound(_ value: String) -> Bool {
        value.unicodeScalars.allSatisfy { $0.isASCII || !$0.properties.isUppercase }
    }

    /// `contains` means a prefix for names, as the service has it; without regard to capitals.
    fileprivate func holds(_ actual: String, _ value: String) -> Bool {
        switch self {
        case .equal: actual == value
        case .unequal: actual != value
        case .less: actual < value
        case .greater: actual > value
        case .atMost: actual <= value
        case .atLeast: actual >= value
        case .contains: actual.lowercased().hasPrefix(value.lowercased())
        }
    }
}

private enum Token: Equatable {
    case word(String)
    case text(String)
    case sign(String)

    static func scan(_ query: String) throws -> [Token] {
        var tokens: [Token] = []
        // By scalar: a combining mark may follow a quote.
        var rest = query.unicodeScalars[...]
        while let next = rest.first {
            if next.properties.isWhitespace {
                rest.removeFirst()
            } else if next == "'" {
                tokens.append(.text(try quoted(&rest)))
            } else if "(){}".unicodeScalars.contains(next) {
                tokens.append(.sign(String(rest.removeFirst())))
            } else if "=!<>".unicodeScalars.contains(next) {
                tokens.append(.sign(take(&rest) { "=!<>".unicodeScalars.contains($0) }))
            } else {
                tokens.append(.word(take(&rest) { !$0.properties.isWhitespace && !"(){}=!<>'".unicodeScalars.contains($0) }))
            }
        }
        return tokens
    }

    private static func take(_ rest: inout Substring.UnicodeScalarView, while belongs: (Unicode.Scalar) -> Bool) -> String {
        let taken = rest.prefix(while: belongs)
        rest = rest.dropFirst(taken.count)
        return String(taken)
    }

    /// A text in quotes, in which a backslash stands before a quote or another backslash.
    private static func quoted(_ rest: inout Substring.UnicodeScalarView) throws -> String {
        var text = "".unicodeScalars
        rest.removeFirst()
        while let next = rest.popFirst() {
            if next == "'" { return String(text) }
            if next == "\\" {
                guard let escaped = rest.popFirst() else { break }
                text.append(escaped)
            } else {
                text.append(next)
            }
        }
        throw GoogleError.badRequest("Invalid Value: q has a text without an end")
    }
}

/// By recursive descent: `or` binds least, `not` most.
private struct Parser {
    var tokens: [Token]
    private var position = 0

    init(tokens: [Token]) { self.tokens = tokens }

    var isAtEnd: Bool { position == tokens.count }

    mutating func alternatives() throws -> DriveQuery {
        var query = try conjunction()
        while take(.word("or")) { query = .or(query, try conjunction()) }
        return query
    }

    private mutating func conjunction() throws -> DriveQuery {
        var query = try term()
        while take(.word("and")) { query = .and(query, try term()) }
        return query
    }

    private mutating func term() throws -> DriveQuery {
        if take(.word("not")) { return .not(try term()) }
        if take(.sign("(")) {
            let query = try alternatives()
            try require(.sign(")"))
            return query
        }
        switch try next() {
        case .text(let id):
            try require(.word("in"))
            try require(.word("parents"))
            return .parent(id)
        case .word("name"): return .name(try comparison([.equal, .unequal, .contains]), try text())
        case .word("mimeType"): return .mimeType(try comparison([.equal, .unequal, .contains]), try text())
        case .word("modifiedTime"):
            return .modifiedTime(try comparison([.equal, .unequal, .less, .greater, .atMost, .atLeast]), try DriveTime.normalized(try text()))
        case .word("trashed"):
            let isEqual = try comparison([.equal, .unequal]) == .equal
            return .trashed(try boolean() == isEqual)
        case .word("appProperties"): return try property()
        default: throw GoogleError.badRequest("Invalid Value: q")
        }
    }

    /// `appProperties has { key='K' and value='V' }`
    private mutating func property() throws -> DriveQuery {
        for token in [Token.word("has"), .sign("{"), .word("key"), .sign("=")] { try require(token) }
        let key = try text()
        for token in [Token.word("and"), .word("value"), .sign("=")] { try require(token) }
        let value = try text()
        try require(.sign("}"))
        return .appProperty(key: key, value: value)
    }

    private mutating func comparison(_ allowed: [DriveQuery.Comparison]) throws -> DriveQuery.Comparison {
        switch try next() {
        case .sign(let sign), .word(let sign):
            if let comparison = DriveQuery.Comparison(rawValue: sign), allowed.contains(comparison) { return comparison }
        case .text: break
        }
        throw GoogleError.badRequest("Invalid Value: q has an operator that does not fit")
    }

    private mutating func text() throws -> String {
        guard case .text(let text) = try next() else { throw GoogleError.badRequest("Invalid Value: q has no text where one is expected") }
        return text
    }

    private mutating func boolean() throws -> Bool {
        if take(.word("true")) { return true }
        try require(.word("false"))
        return false
    }

    private mutating func next() throws -> Token {
        guard position < tokens.count else { throw GoogleError.badRequest("Invalid Value: q ends too early") }
        position += 1
        return tokens[position - 1]
    }

    private mutating func take(_ token: Token) -> Bool {
        guard position < tokens.count, tokens[position] == token else { return false }
        position += 1
        return true
    }

    private mutating func require(_ token: Token) throws {
        guard take(token) else { throw GoogleError.badRequest("Invalid Value: q") }
    }
}
