import LuaBridge
import Ranks
import Support
import Tensors

/// The processes that train together, as scripts hold them.
final class RankGroupObject: LuaObject {
    private let group: RankGroup
    private var checked: Set<ObjectIdentifier> = []

    init(_ group: RankGroup) { self.group = group }

    /// Calls `loss` with each sample of this rank's share, and gives the mean of the losses of all; the parameters'
    /// gradients are then those of that mean.
    private func backward(
        _ parameters: [Tensor], samples: Int, generator: RandomGenerator, loss: LuaCallback
    ) throws -> Double {
        let leaves = parameters.filter(\.requiresGradient)
        if checked.insert(ObjectIdentifier(leaves.first ?? parameters[0])).inserted { try group.requireEqual(leaves) }
        // What a sample draws depends on its place in the batch, not on who draws; all generators go on alike.
        let seed = generator.split().seed
        let (ownSeed, ownCounter) = (generator.seed, generator.counter)
        defer { generator.restore(seed: ownSeed, counter: ownCounter) }
        let width = leaves.reduce(0) { $0 + $1.count } + 1
        var numbers: [[Float]] = []
        for sample in group.share(of: samples) {
            generator.restore(seed: RandomGenerator.seed(seed, for: "sample \(sample + 1)"))
            let value = try loss(sample + 1, returning: Tensor.self)
            var row: [Float] = []
            row.reserveCapacity(width)
            for gradient in try value.gradients(of: leaves) {
                let dense = try gradient.contiguous()
                row += UnsafeBufferPointer(start: dense.pointer, count: dense.count)
            }
            row.append(try value.detached().item())
            numbers.append(row)
        }
        let sums = try group.sums(numbers, width: width, samples: samples)
        var first = 0
        for leaf in leaves {
            let part = Array(sums[first..<first + leaf.count])
            leaf.gradient = try Tensor(part, shape: leaf.shape).scaled(by: 1 / Float(samples))
            first += leaf.count
        }
        return Double(sums[width - 1]) / Double(samples)
    }

    static let luaType = LuaType(
        "RankGroup", "The processes that train one network together.",
        methods: [
            LuaFunction(
                "backward",
                "Sets the gradients of parameters to those of the mean loss of a batch: each rank computes the losses of its "
                    + "share, and all are added up in the order of the samples, so that the bits do not depend on how many "
                    + "ranks there are. What a sample draws from the session's generator depends on its place in the "
                    + "batch. All ranks call it alike, with the same parameters.",
                Parameter("self", InSession<RankGroupObject>.self, ""),
                Parameter("parameters", TrainedParameters.self, "a module, a list of tensors, or groups of such"),
                Parameter(
                    "samples", Int.self, in: .between(1, 65536), "how many samples the batch has, over all ranks"),
                Parameter("loss", LuaCallback.self, "called with the number of a sample; gives its loss, a scalar"),
                returns: "the mean loss, a number",
                example: "local w = torch.ones(2, {requires_grad = true}); local group = mpi.group(); "
                    + "local mean = group:backward({w}, 4, function(i) return (w * i):sum() end); "
                    + "assert(mean == 5 and w.grad[1]:item() == 2.5)"
            ) { group, parameters, samples, loss in
                let tensors = parameters.groups(learningRate: 0).flatMap { $0.parameters.map(\.tensor) }
                guard !tensors.isEmpty else { throw LuaArgumentError("parameters", "one parameter at least expected") }
                return try group.object.backward(
                    tensors, samples: samples, generator: group.generator, loss: loss)
            }
        ],
        properties: [
            LuaProperty("rank", "The place of this process among the others, from 0.") { (object: RankGroupObject) in
                object.group.rank
            },
            LuaProperty("size", "How many processes there are.") { (object: RankGroupObject) in object.group.count },
        ])
}

extension LuaModule {
    /// `mpi`: several processes that train one network.
    static let mpi = LuaModule(
        "mpi", "Processes that mpirun has started train one network together, to the same bits as one.",
        functions: [
            LuaFunction(
                "group",
                "Gives the processes that `mpirun -n N lunette SCRIPT` has started, by Open MPI; this one alone without it.",
                returns: "group", example: "mpi.group().size >= 1"
            ) { RankGroupObject(try RankGroup.joined()) }
        ],
        types: [RankGroupObject.luaType])
}
