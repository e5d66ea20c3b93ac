import NIOConcurrencyHelpers

/// The faults that are yet to happen. The first that matches a request hits it, and no other does.
public final class FaultScript: Sendable {
    private let faults = NIOLockedValueBox<[Fault]>([])

    /// Replaces all.
    public func set(_ faults: [Fault]) {
        self.faults.withLockedValue { $0 = faults }
    }

    public func clear() { set([]) }

    /// What is to happen to a request that has just arrived; an action without anything in it if nothing is.
    func next(_ kind: RequestKind, key: String?) -> FaultAction {
        faults.withLockedValue { faults in
            for index in faults.indices where faults[index].matches(kind, key) {
                if faults[index].skip > 0 {
                    faults[index].skip -= 1
                    continue
                }
                let action = faults[index].action
                if let times = faults[index].times {
                    faults[index].times = times - 1
                    if times <= 1 { faults.remove(at: index) }
                }
                return action
            }
            return FaultAction()
        }
    }
}

extension Fault {
    fileprivate func matches(_ kind: RequestKind, _ key: String?) -> Bool {
        (self.kind == nil || self.kind == kind) && (self.key == nil || self.key.map(NameBytes.init) == key.map(NameBytes.init)) && times != 0
    }
}
