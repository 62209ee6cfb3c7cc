import Inference
import LuaBridge
import Support
import Tensors

private let kernels = Parameter("kernels", Tensor.self, "n x kernel")
private let epochs = Option("epochs", Int.self, in: .count, default: 300, "passes through the kernels")
private let batchSize = Option("batch_size", Int.self, in: .count, default: 128, "kernels a step")
private let rate = Option(
    "lr", Double.self, in: .notNegative, default: 1e-3, "Adam's rate, which falls to 0 in a straight line")
private let heldOut = Option(
    "held_out", Double.self, in: .shareBelowOne, default: 0.1, "the share of kernels that chooses the epoch")

extension KernelVAE {
    /// The methods of an autoencoder that train it.
    static let trainingMethods = [
        LuaFunction(
            "train", "Trains the autoencoder on kernels and leaves it with the parameters of the best epoch.",
            this, kernels, epochs, batchSize, rate, heldOut,
            Option(
                "on_epoch", LuaCallback?.self, "called with the epoch, its ELBO, and that of the kernels held out"),
            GeneratorOption(), returns: "table of epoch, elbo and held_out_elbo, of the epoch kept",
            example: vaeExample + "assert(vae:train(torch.randn(9, 3, 3, 3), {epochs = 1}).epoch == 1)"
        ) { vae, kernels, epochs, batchSize, rate, heldOut, onEpoch, generator in
            let run = try KernelVAETraining(epochs: epochs, batchSize: batchSize, learningRate: rate, heldOut: heldOut)
                .start(vae, on: kernels, generator: generator)
            while !run.isFinished {
                let epoch = try run.epoch()
                try onEpoch?(epoch.number, epoch.trainingBound, epoch.heldOutBound)
            }
            return try run.finish().fields
        },
        LuaFunction(
            "training", "Begins what `train` does in one go: an epoch at a time, so that a job can keep checkpoints.",
            this, kernels, epochs, batchSize, rate, heldOut, GeneratorOption(), returns: "training",
            example: vaeExample + "local t = vae:training(torch.randn(9, 3, 3, 3), {epochs = 2}); "
                + "t:epoch(); t:epoch(); assert(t:finish().epoch <= 2)"
        ) { vae, kernels, epochs, batchSize, rate, heldOut, generator in
            try KernelVAETraining(epochs: epochs, batchSize: batchSize, learningRate: rate, heldOut: heldOut)
                .start(vae, on: kernels, generator: generator)
        },
    ]
}

extension KernelVAETraining.Epoch {
    /// The epoch as a table.
    fileprivate var fields: [String: Double] {
        ["epoch": Double(number), "elbo": trainingBound, "held_out_elbo": heldOutBound ?? .nan]
    }
}

extension KernelVAETrainingRun: LuaObject {
    private static let example =
        "bayes.KernelVAE({3, 3, 3}, {hidden_channels = 4})"
        + ":training(torch.randn(9, 3, 3, 3), {epochs = 2})"

    /// A training under way.
    public static let luaType = LuaType(
        "KernelVAETraining", "The training of an autoencoder over kernels, an epoch at a time.",
        methods: [
            LuaFunction(
                "epoch", "Does the next epoch.", this, returns: "its ELBO, and that of the kernels held out",
                example: "\(example):epoch() < 0"
            ) { run in
                let epoch = try run.epoch()
                return (epoch.trainingBound, epoch.heldOutBound)
            },
            LuaFunction(
                "finish", "Leaves the autoencoder with the parameters of the best epoch so far.", this,
                returns: "table of epoch, elbo and held_out_elbo, of that epoch",
                example: "local t = \(example); t:epoch(); assert(t:finish().epoch == 1)"
            ) { run in try run.finish().fields },
        ] + RestartableMethods.methods(of: KernelVAETrainingRun.self, example: example) { $0 })
}
