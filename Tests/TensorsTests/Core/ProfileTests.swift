import Support
import Tensors
import Testing

/// Operations in a profile.
@Suite(.serialized) struct ProfileTests {
    private func rows(_ body: () throws -> Void) throws -> [String: OperationProfile.Row] {
        var failure: (any Error)?
        let profile = OperationProfile.take {
            do { try body() } catch { failure = error }
        }
        if let failure { throw failure }
        return Dictionary(uniqueKeysWithValues: profile.rows.map { ($0.name, $0) })
    }

    /// What a derivative computes counts as the derivative's.
    @Test func forwardAndBackward() throws {
        let weight = try Tensor.ones([4, 3, 3, 3, 3]).requireGradient()
        let rows = try rows {
            for _ in 0..<3 {
                let x = try Tensor.ones([1, 3, 8, 8, 8]).convolution(weight: weight, padding: [1])
                try x.softmax(2).sum().backward()
            }
        }
        for name in ["conv", "softmax", "sum"] {
            let row = try #require(rows[name])
            #expect(row.calls == 3 && row.backwardCalls == 3, "\(name)")
            #expect(row.forward > 0 && row.backward > 0, "\(name)")
        }
        // Adding up a gradient is part of going back.
        #expect(rows["add"] == nil)
    }

    /// What happened before an operation began is not its time, and a view has none.
    @Test func operationsBeginWithTheirResult() throws {
        let rows = try rows {
            let x = try Tensor.zeros([100, 1000, 100])
            for _ in 0..<5 { x.storage.pointer.update(repeating: 1, count: x.count) }
            _ = try x.reshaped([10_000, 1000]).slice(1, 1, 2).negated()
        }
        let script = try #require(rows["Lua"]).total
        #expect(script > 0.001)
        for name in ["reshape", "slice", "negate"] { #expect(try #require(rows[name]).total < 0.1 * script, "\(name)") }
    }
}
