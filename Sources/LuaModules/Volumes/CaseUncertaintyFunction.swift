import LuaBridge
import Tensors
import Volumes

/// The rules by which a map of uncertainty becomes one number.
private enum CaseRule: String, CaseIterable {
    case patch, threshold, mean
}

extension LuaModule {
    /// The function that tells how sure a network is of a whole case.
    static let caseUncertainty = LuaFunction(
        "case_uncertainty",
        """
        One number of a map of uncertainty, larger where the network is less sure of the case: to find cases that failed \
        (`stats.risk_coverage`). A plain mean would tell the size of the target; 'patch' and 'threshold' are those of ValUES \
        (Kahl et al., ICLR 2024), of which 'patch' needs nothing but the map.
        """,
        Parameter("uncertainty", VolumeArgument.self, "such as an entropy: a volume or a tensor D x H x W"),
        Parameter(
            "prediction", VolumeArgument?.self,
            "of 'mean': the predicted probability or mask; it is in the mask above 0.5"),
        Option(
            "rule", LuaChoice<CaseRule>.self, default: LuaChoice(.patch),
            "'patch': the largest mean over a cube of size^3 voxels; 'threshold': the mean over the voxels of at least "
                + "`threshold`, 0 without any; 'mean': the mean over the predicted mask, dilated, or over all voxels where "
                + "nothing is predicted"),
        Option("size", Int?.self, in: .count, "of 'patch': voxels along a side; by default 10"),
        Option(
            "threshold", Double?.self, in: .finite,
            "of 'threshold', which needs it; ValUES takes the quantile of the uncertainties of validation cases at 1 - the "
                + "share of voxels predicted there"),
        Option(
            "dilation", Int?.self, in: .between(0, 1000),
            "of 'mean': how often the mask is dilated by 18 neighbours; by default 1"),
        returns: "a number",
        example: """
            local entropy = torch.zeros(12, 12, 12); entropy[{{1, 10}, {1, 10}, {1, 10}}] = 0.5; \
            assert(volumes.case_uncertainty(entropy) == 0.5); \
            assert(volumes.case_uncertainty(entropy, nil, {rule = "threshold", threshold = 0.1}) == 0.5); \
            assert(volumes.case_uncertainty(entropy, entropy * 2, {rule = "mean", dilation = 0}) == 0.5)
            """
    ) { uncertainty, prediction, rule, size, threshold, dilation -> Double in
        // A prediction may be given for all rules alike, so that they can be tried one after another.
        try requireRule(
            rule.value, ("size", size != nil, .patch), ("threshold", threshold != nil, .threshold),
            ("dilation", dilation != nil, .mean))
        let map = try uncertainty.volume()
        switch rule.value {
        case .patch: return try CaseUncertainty.largestPatch(of: map, size: size ?? 10)
        case .threshold:
            guard let threshold else { throw LuaArgumentError("threshold", "needed by rule = 'threshold'") }
            return try CaseUncertainty.aboveThreshold(threshold, of: map)
        case .mean:
            guard let prediction else { throw LuaArgumentError("prediction", "needed by rule = 'mean'") }
            return try CaseUncertainty.aroundPrediction(prediction.volume(), of: map, dilation: dilation ?? 1)
        }
    }
}
