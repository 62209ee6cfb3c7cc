import Foundation
import Support

/// Open MPI, loaded when it is asked for, and the few of its functions that are used here.
struct MPILibrary {
    private typealias Initialise =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<Int32>
        ) -> Int32
    private typealias Query = @convention(c) (OpaquePointer, UnsafeMutablePointer<Int32>) -> Int32
    private typealias Finalise = @convention(c) () -> Int32
    private typealias AllToAll =
        @convention(c) (
            UnsafeRawPointer, UnsafePointer<Int32>, UnsafePointer<Int32>, OpaquePointer, UnsafeMutableRawPointer,
            UnsafePointer<Int32>, UnsafePointer<Int32>, OpaquePointer, OpaquePointer
        ) -> Int32
    private typealias AllGather =
        @convention(c) (
            UnsafeRawPointer, Int32, OpaquePointer, UnsafeMutableRawPointer, UnsafePointer<Int32>, UnsafePointer<Int32>,
            OpaquePointer, OpaquePointer
        ) -> Int32

    private static let file = "libmpi.so.40"

    private let world: OpaquePointer
    private let float: OpaquePointer
    private let exchange: AllToAll
    private let gather: AllGather
    /// The place of this process among the others, from 0.
    let rank: Int
    /// How many there are.
    let count: Int

    /// Loads the library and joins the processes that mpirun has started with this one.
    init() throws(RankError) {
        guard let library = dlopen(Self.file, RTLD_NOW | RTLD_GLOBAL) else {
            throw .library(
                "\(Self.file) cannot be loaded (\(String(cString: dlerror()))); Debian has it in openmpi-bin")
        }
        func symbol(_ name: String) throws(RankError) -> UnsafeMutableRawPointer {
            guard let symbol = dlsym(library, name) else { throw .library("\(Self.file) has no '\(name)'") }
            return symbol
        }
        func function<Function>(_ name: String, _: Function.Type) throws(RankError) -> Function {
            unsafeBitCast(try symbol(name), to: Function.self)
        }
        // Open MPI's handles are addresses of objects of the library.
        world = OpaquePointer(try symbol("ompi_mpi_comm_world"))
        float = OpaquePointer(try symbol("ompi_mpi_float"))
        exchange = try function("MPI_Alltoallv", AllToAll.self)
        gather = try function("MPI_Allgatherv", AllGather.self)
        let initialise = try function("MPI_Init_thread", Initialise.self)
        let finalise = try function("MPI_Finalize", Finalise.self)
        let (rankOf, sizeOf) = (try function("MPI_Comm_rank", Query.self), try function("MPI_Comm_size", Query.self))
        // One thread at a time calls it, whichever that is.
        let serialised: Int32 = 2
        var (provided, rank, count): (Int32, Int32, Int32) = (0, 0, 1)
        guard initialise(nil, nil, serialised, &provided) == 0, rankOf(world, &rank) == 0, sizeOf(world, &count) == 0
        else { throw .library("\(Self.file) could not begin") }
        (self.rank, self.count) = (Int(rank), Int(count))
        // One that fails must not wait for the others here: mpirun ends them when it sees that.
        Self.atExit = { status in if status == 0 { _ = finalise() } }
        on_exit({ status, _ in MPILibrary.atExit?(status) }, nil)
    }

    /// Set once, before the process can end.
    nonisolated(unsafe) private static var atExit: ((Int32) -> Void)?

    /// Sends `counts[r]` numbers to each rank r, one part behind the other in `numbers`, and receives `received[r]`
    /// from each.
    func exchange(_ numbers: [Float], counts: [Int], received: [Int]) throws(RankError) -> [Float] {
        let (sent, sentAt) = try Self.places(counts)
        let (taken, takenAt) = try Self.places(received)
        var result = [Float](repeating: 0, count: received.reduce(0, +))
        guard exchange(numbers, sent, sentAt, float, &result, taken, takenAt, float, world) == 0 else {
            throw .library("the exchange with other ranks failed")
        }
        return result
    }

    /// The numbers of all ranks, `counts[r]` of rank r, in the order of the ranks.
    func gather(_ numbers: [Float], counts: [Int]) throws(RankError) -> [Float] {
        let (taken, takenAt) = try Self.places(counts)
        var result = [Float](repeating: 0, count: counts.reduce(0, +))
        guard gather(numbers, Int32(clamping: numbers.count), float, &result, taken, takenAt, float, world) == 0 else {
            throw .library("the exchange with other ranks failed")
        }
        return result
    }

    /// Counts, and where each part begins, as MPI takes them.
    private static func places(_ counts: [Int]) throws(RankError) -> (counts: [Int32], places: [Int32]) {
        guard counts.reduce(0, +) <= Int(Int32.max) else {
            throw .library("more than \(Int32.max) numbers to exchange at once: a smaller batch or more ranks expected")
        }
        var (place, places): (Int32, [Int32]) = (0, [])
        for count in counts {
            places.append(place)
            place += Int32(count)
        }
        return (counts.map { Int32($0) }, places)
    }
}
