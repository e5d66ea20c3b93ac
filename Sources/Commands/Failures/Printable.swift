extension String {
    /// Safe to print to a terminal: control characters, which could move its cursor or change its colours, become `?`.
    var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
