import Support
import Tensors

/// What can go wrong between ranks.
public enum RankError: Error, CustomStringConvertible {
    /// Open MPI cannot be loaded, or has failed.
    case library(String)
    /// The parameters of this rank differ from those of another.
    case unequal(rank: Int)
    /// A tensor operation failed.
    case tensor(TensorError)

    /// One sentence.
    public var description: String {
        switch self {
        case .library(let text): "MPI: \(text)"
        case .unequal(let rank):
            "the parameters differ from those of rank \(rank): the same seed and the same file for all ranks expected"
        case .tensor(let error): error.description
        }
    }
}

/// The processes that train one network together.
///
/// Where mpirun has started several, each has its rank; otherwise the group is this process alone.
public final class RankGroup {
    /// The place of this process, from 0.
    public let rank: Int
    /// How many there are.
    public let count: Int
    private let library: MPILibrary?

    private init(_ library: MPILibrary?) {
        (rank, count) = (library?.rank ?? 0, library?.count ?? 1)
        self.library = library
    }

    /// MPI can be begun once in a process.
    nonisolated(unsafe) private static var group: RankGroup?

    /// The group of this process; Open MPI is loaded the first time, where mpirun has started the program.
    ///
    /// To be called by one thread.
    public static func joined() throws(RankError) -> RankGroup {
        if let group { return group }
        let isStarted = FileSystem.environment("OMPI_COMM_WORLD_SIZE") != nil
        let joined = RankGroup(isStarted ? try MPILibrary() : nil)
        group = joined
        return joined
    }

    /// The positions of a batch of `samples` that are this rank's, from 0: as many as others' or one more.
    public func share(of samples: Int) -> Range<Int> { share(of: samples, rank: rank) }

    private func share(of samples: Int, rank: Int) -> Range<Int> {
        let (part, more) = samples.quotientAndRemainder(dividingBy: count)
        let first = rank * part + min(rank, more)
        return first..<first + part + (rank < more ? 1 : 0)
    }

    /// The sum of the numbers of all samples of a batch, on every rank the same bits as on one alone: each is added up
    /// in the order of the samples.
    ///
    /// - Parameters:
    ///   - own: The numbers of each sample of this rank's share, all of the same count.
    ///   - width: That count.
    ///   - samples: How many samples the batch has.
    public func sums(_ own: [[Float]], width: Int, samples: Int) throws(RankError) -> [Float] {
        guard let library, count > 1 else { return Self.sum(own[...].map { $0[...] }, width: width) }
        let slices = (0..<count).map { share(of: width, rank: $0) }
        let shares = (0..<count).map { share(of: samples, rank: $0).count }
        var sent: [Float] = []
        sent.reserveCapacity(own.count * width)
        for slice in slices {
            for numbers in own { sent += numbers[slice] }
        }
        let length = slices[rank].count
        let received = try library.exchange(
            sent, counts: slices.map { $0.count * own.count }, received: shares.map { $0 * length })
        // Rank after rank and in each its samples: that is the order of the samples.
        let rows = (0..<samples).map { received[$0 * length..<($0 + 1) * length] }
        return try library.gather(Self.sum(rows, width: length), counts: slices.map(\.count))
    }

    private static func sum(_ rows: [ArraySlice<Float>], width: Int) -> [Float] {
        guard let first = rows.first else { return [Float](repeating: 0, count: width) }
        var result = Array(first)
        for row in rows.dropFirst() {
            row.withUnsafeBufferPointer { row in
                result.withUnsafeMutableBufferPointer { result in
                    for i in 0..<result.count { result[i] += row[i] }
                }
            }
        }
        return result
    }

    /// An error where the elements of `tensors` are not those of the other ranks, by a hash of their bits (FNV-1a).
    public func requireEqual(_ tensors: [Tensor]) throws(RankError) {
        guard let library, count > 1 else { return }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        do throws(TensorError) {
            for tensor in tensors {
                let dense = try tensor.detached().contiguous()
                for value in UnsafeBufferPointer(start: dense.pointer, count: dense.count) {
                    hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01B3
                }
            }
        } catch {
            throw .tensor(error)
        }
        // In pieces that a float holds exactly.
        let own = (0..<4).map { Float((hash >> (16 * $0)) & 0xFFFF) }
        let all = try library.gather(own, counts: [Int](repeating: own.count, count: count))
        for other in 0..<count where Array(all[other * own.count..<(other + 1) * own.count]) != own {
            throw .unequal(rank: other)
        }
    }
}
