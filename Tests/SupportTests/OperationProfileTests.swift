import Foundation
import Support
import Testing

@Suite(.serialized) struct OperationProfileTests {
    private func spin(_ seconds: Double) {
        let end = ProcessInfo.processInfo.systemUptime + seconds
        while ProcessInfo.processInfo.systemUptime < end {}
    }

    @Test func everyMomentCountsOnceForTheInnermost() throws {
        let start = ProcessInfo.processInfo.systemUptime
        let profile = OperationProfile.take {
            spin(0.01)
            OperationProfile.enter("outer")
            spin(0.02)
            let moment = OperationProfile.moment
            spin(0.03)
            OperationProfile.finish("operation", start: moment)
            OperationProfile.finish("view", start: nil)
            OperationProfile.enter("derivative", isBackward: true)
            spin(0.01)
            OperationProfile.finish("part of the derivative", start: 0)
            OperationProfile.leave()
            OperationProfile.leave()
        }
        let whole = ProcessInfo.processInfo.systemUptime - start
        let rows = Dictionary(uniqueKeysWithValues: profile.rows.map { ($0.name, $0) })
        #expect(Set(rows.keys) == ["Lua", "outer", "operation", "view", "derivative"])
        let sum = profile.rows.reduce(0) { $0 + $1.total }
        #expect(sum <= whole && sum >= 0.07)
        #expect(try #require(rows["Lua"]).forward >= 0.01)
        #expect(try #require(rows["outer"]).forward >= 0.02 && rows["outer"]?.calls == 1)
        #expect(try #require(rows["operation"]).forward >= 0.03 && rows["operation"]?.calls == 1)
        #expect(try #require(rows["view"]).total == 0 && rows["view"]?.calls == 1)
        #expect(try #require(rows["derivative"]).backward >= 0.01 && rows["derivative"]?.backwardCalls == 1)
        #expect(rows["derivative"]?.forward == 0 && rows["derivative"]?.calls == 0)
        #expect(profile.rows.map(\.total) == profile.rows.map(\.total).sorted(by: >))
    }

    /// An operation that began before another ended has only the time that is left.
    @Test func operationsWithinOperationsCountOnce() throws {
        var left = 0.0
        let profile = OperationProfile.take {
            let outer = OperationProfile.moment
            let inner = OperationProfile.moment
            spin(0.02)
            let end = ProcessInfo.processInfo.systemUptime
            OperationProfile.finish("inner", start: inner)
            OperationProfile.finish("outer", start: outer)
            left = ProcessInfo.processInfo.systemUptime - end
        }
        let rows = Dictionary(uniqueKeysWithValues: profile.rows.map { ($0.name, $0.total) })
        #expect(try #require(rows["inner"]) >= 0.02)
        #expect(try #require(rows["outer"]) <= left)
    }

    @Test func otherThreadsAndOtherTimesAreLeftOut() {
        #expect(OperationProfile.moment == 0)
        OperationProfile.enter("before")
        let profile = OperationProfile.take {
            let other = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                OperationProfile.enter("other thread")
                OperationProfile.finish("other operation", start: nil)
                OperationProfile.leave()
                other.signal()
            }
            other.wait()
        }
        OperationProfile.finish("after", start: nil)
        #expect(profile.rows.map(\.name) == ["Lua"])
        #expect(OperationProfile.moment == 0)
    }
}
