import Foundation
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
private let validation = Option(
    "validation", Tensor?.self,
    "other kernels, which choose the epoch instead: a share drawn at random says little where kernels resemble each other"
)
private let patience = Option(
    "patience", Int.self, in: .countOrNone, default: 0,
    "epochs after the best one at which the training ends early; 0 for never")
private let leastVariance = Option(
    "min_variance", Double.self, in: .share, default: KernelVAETraining.defaultMinimumVariance,
    "the decoder's least variance, as a share of the kernels' mean variance; 0 for none")
private let samples = Option(
    "samples", Int.self, in: .count, default: 1,
    "codes a kernel of the bound that is maximised: 1 for the ELBO, more for the importance-weighted bound")
private let label = Option("label", String.self, default: "autoencoder", "what a warning calls it")

extension KernelVAE {
    /// The methods of an autoencoder that train it.
    static let trainingMethods = [
        LuaFunction(
            "train",
            "Trains the autoencoder on kernels and leaves it with the parameters of the best epoch. "
                + "A warning tells where independent normals describe the kernels held out better.",
            this, kernels, epochs, batchSize, rate, heldOut, validation, patience, leastVariance, samples, label,
            Option(
                "on_epoch", LuaCallback?.self, "called with the epoch, its ELBO, and that of the kernels held out"),
            GeneratorOption(),
            returns: "table of epoch, elbo and held_out_elbo, of the epoch kept, and independent, the mean log density "
                + "of the kernels held out under independent normals",
            example: vaeExample + "assert(vae:train(torch.randn(9, 3, 3, 3), {epochs = 1}).epoch == 1)"
        ) {
            vae, kernels, epochs, batchSize, rate, heldOut, validation, patience, minimumVariance, samples, label,
            onEpoch,
            generator in
            let run = try KernelVAETraining(
                epochs: epochs, batchSize: batchSize, learningRate: rate, heldOut: heldOut, patience: patience,
                minimumVariance: minimumVariance, samples: samples
            ).start(vae, on: kernels, validation: validation, generator: generator)
            while !run.isFinished {
                let epoch = try run.epoch()
                try onEpoch?(epoch.number, epoch.trainingBound, epoch.heldOutBound)
            }
            return try run.finished(label: label)
        },
        LuaFunction(
            "training", "Begins what `train` does in one go: an epoch at a time, so that a job can keep checkpoints.",
            this, kernels, epochs, batchSize, rate, heldOut, validation, patience, leastVariance, samples,
            GeneratorOption(),
            returns: "training",
            example: vaeExample + "local t = vae:training(torch.randn(9, 3, 3, 3), {epochs = 2}); "
                + "t:epoch(); t:epoch(); assert(t:finish().epoch <= 2)"
        ) { vae, kernels, epochs, batchSize, rate, heldOut, validation, patience, minimumVariance, samples, generator in
            try KernelVAETraining(
                epochs: epochs, batchSize: batchSize, learningRate: rate, heldOut: heldOut, patience: patience,
                minimumVariance: minimumVariance, samples: samples
            ).start(vae, on: kernels, validation: validation, generator: generator)
        },
    ]
}

extension KernelVAETrainingRun {
    /// Ends the training and returns the numbers of the epoch that is kept. Warns where independent normals describe
    /// the kernels held out better than the autoencoder.
    fileprivate func finished(label: String) throws(TensorError) -> [String: Double] {
        let epoch = try finish()
        let independent = try independentNormals() ?? .nan
        let bound = epoch.heldOutBound ?? .nan
        if bound < independent {
            let text = String(
                format: "the bound on kernels held out, %.2f nats a kernel, is below that of independent normals, %.2f",
                bound, independent)
            StandardStream.warn("\(label): \(text)")
        }
        return [
            "epoch": Double(epoch.number), "elbo": epoch.trainingBound, "held_out_elbo": bound,
            "independent": independent,
        ]
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
                "finish",
                "Leaves the autoencoder with the parameters of the best epoch so far. A warning tells where "
                    + "independent normals describe the kernels held out better.",
                this, label,
                returns: "table of epoch, elbo and held_out_elbo, of that epoch, and independent, the mean log density "
                    + "of the kernels held out under independent normals",
                example: "local t = \(example); t:epoch(); assert(t:finish().epoch == 1)"
            ) { run, label in try run.finished(label: label) },
        ] + RestartableMethods.methods(of: KernelVAETrainingRun.self, example: example) { $0 },
        properties: [
            LuaProperty("is_finished", "Whether no epoch is left, or the patience has ended.") {
                (run: KernelVAETrainingRun) in run.isFinished
            }
        ])
}
