import Ranks
import Tensors
import Testing

/// What a process alone does; several are tried by Scripts/test-cluster.
struct RankGroupTests {
    @Test func `A process alone has all samples, and adds up in their order`() throws {
        let group = try RankGroup.joined()
        #expect(group.rank == 0 && group.count == 1)
        #expect(group.share(of: 5) == 0..<5)
        // In another order 1 would be lost.
        let rows: [[Float]] = [[1e8, 1], [-1e8, 2], [1, 3]]
        #expect(try group.sums(rows, width: 2, samples: 3) == [1, 6])
        #expect(try group.sums([], width: 2, samples: 0) == [0, 0])
        try group.requireEqual([try Tensor([1, 2], shape: [2])])
    }

    @Test func `Errors say what was expected`() {
        #expect("\(RankError.library("x"))" == "MPI: x")
        #expect("\(RankError.unequal(rank: 3))".hasPrefix("the parameters differ from those of rank 3: the same seed"))
    }
}
