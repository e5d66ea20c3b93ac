/// Says when one more thread has to wait for requests, by looks at the threads at regular times.
///
/// To call a thread whenever the last one takes a request would be the other way. But that is often just for some microseconds,
/// as when a program closes a file and makes the next one, and each call costs as much as a small request.
struct ReaderWatch {
    /// Between two looks. A request that blocks holds up others for twice as long at most.
    static let intervalMilliseconds = 2
    /// Threads that wait for requests when there is little to do. The kernel wakes the other one while the first is on its way
    /// back, and often can do so on the processor of the program that waits.
    static let readersMin = 2
    /// Looks in a row that have found a reader, after which no one looks until all are at work again.
    private static let looksUntilRest = 50
    /// How much more often than not all have to be at work until one more is wanted for as long as this lasts.
    private static let pressureMax = 5

    enum Verdict: Equatable {
        case wait
        /// One more is to read now.
        case call
        /// There is little to do; no one need look until all threads are at work again.
        case rest
    }

    /// How many are to wait for requests, if they have nothing else to do.
    private(set) var wanted = readersMin
    private var pressure = 0
    private var looksWithReader = 0
    private var returnsBefore: UInt64?

    /// - Parameters:
    ///   - readers: threads that wait for a request at the moment.
    ///   - returns: how often a thread has begun to wait, ever.
    ///   - max: threads that may wait for requests at once.
    mutating func look(readers: Int, returns: UInt64, max: Int) -> Verdict {
        guard readers == 0 else { return lookAtReaders() }
        looksWithReader = 0
        pressure += 1
        defer { returnsBefore = returns }
        if pressure >= Self.pressureMax, wanted < max {
            pressure = 0
            wanted += 1
            return .call
        }
        // No one has come back since the last look: all of them block.
        return returns == returnsBefore ? .call : .wait
    }

    private mutating func lookAtReaders() -> Verdict {
        returnsBefore = nil
        pressure = Swift.max(0, pressure - 1)
        looksWithReader += 1
        guard looksWithReader >= Self.looksUntilRest else { return .wait }
        self = ReaderWatch()
        return .rest
    }
}
