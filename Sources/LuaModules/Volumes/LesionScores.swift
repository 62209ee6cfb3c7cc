import LuaBridge
import Support
import Tensors
import Volumes

/// The rules by which lesions are counted.
private enum LesionRule: String, CaseIterable {
    case brats, panoptic
}

private let defaults = LesionWiseScore.Options()
private let dilation = Option(
    "dilation", Int?.self, in: .between(0, 1000),
    "of 'brats': how often the true mask is dilated before it is split into lesions; by default \(defaults.dilation), as of "
        + "gliomas (1 of meningiomas and metastases)")
private let minVolume = Option(
    "min_volume", Double?.self, in: .notNegative,
    "of 'brats': true lesions of up to this volume in mm^3 are left out; by default 50, as of gliomas (2 of metastases)"
)
private let penalty = Option(
    "penalty", Double?.self, in: .notNegative,
    "of 'brats': the hd95 of a missed or made-up lesion in mm; by default 374, the diagonal of BraTS' volumes")

/// The numbers of BraTS' rule, those that are given.
private func options(_ dilation: Int?, _ minVolume: Double?, _ penalty: Double?) -> LesionWiseScore.Options {
    var options = LesionWiseScore.Options()
    options.dilation = dilation ?? options.dilation
    options.minVolume = minVolume ?? options.minVolume
    options.penalty = penalty ?? options.penalty
    return options
}

/// A region as scripts write it: its name and its classes.
private struct RegionArgument: LuaDecodable {
    let region: Region

    /// "table {name, {classes}}".
    static var luaTypeName: String { "table {name, {classes}}" }

    /// "tables {name, {classes}}".
    static var luaTypePlural: String { "tables {name, {classes}}" }

    /// A list of a string and a list of class numbers.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> RegionArgument {
        guard let parts = try? [LuaEither<String, [Int]>].decode(stack, at: index), parts.count == 2,
            case .first(let name) = parts[0], case .second(let classes) = parts[1]
        else {
            throw LuaMismatch(expected: luaTypeName, stack, at: index)
        }
        do throws(VolumeError) {
            return RegionArgument(region: try Region(name, classes))
        } catch {
            throw LuaMismatch(error.description)
        }
    }
}

extension LuaModule {
    /// Functions that judge lesion by lesion and region by region.
    static let volumeLesionScores = [
        LuaFunction(
            "lesion_scores",
            """
            How well each lesion of a mask was found and segmented, by the rule of BraTS 2023 (lesion-wise Dice and HD95, in \
            which a missed or made-up lesion counts as 0 and 374 mm) or by panoptic quality (as panoptica matches \
            components). Without any lesion, scores are 1 and hd95 is 0.
            """, ComparedMasks.prediction, ComparedMasks.truth,
            Option(
                "rule", LuaChoice<LesionRule>.self, default: LuaChoice(.brats),
                "'brats': true lesions are what dilation joins, and touching them is finding them; 'panoptic': components "
                    + "match one to one where they overlap enough"), dilation, minVolume, penalty,
            Option(
                "metric", LuaChoice<PanopticQuality.Metric>?.self,
                "of 'panoptic': what components are matched by; by default 'iou'"),
            Option(
                "overlap", Double?.self, in: .share,
                "of 'panoptic': the least metric of components that match; by default 0.5"), ComparedMasks.spacing,
            ComparedMasks.threshold,
            returns: """
                a table with tp, fp, fn (lesions), f1, dice and hd95 (of 'brats' summed over lesions, and divided by lesions \
                and false positives; of 'panoptic' means of the matches, without one 0 and the volume's diagonal); of \
                'brats' also lesions, a list of {volume in mm^3, dice, hd95}; of 'panoptic' rq (= f1), sq (mean IoU) and pq
                """,
            example: """
                local truth = torch.zeros(8, 8, 8); truth[{{1, 4}, {1, 4}, {1, 4}}] = 1; local found = truth:clone(); \
                found[{8, 8, 8}] = 1; local s = volumes.lesion_scores(found, truth); \
                assert(s.tp == 1 and s.fp == 1 and s.dice == 0.5 and s.hd95 == 187); \
                assert(volumes.lesion_scores(found, truth, {rule = "panoptic"}).sq == 1)
                """
        ) { prediction, truth, rule, dilation, minVolume, penalty, metric, overlap, spacing, threshold -> LuaRecord in
            try requireRule(
                rule.value, ("dilation", dilation != nil, .brats), ("min_volume", minVolume != nil, .brats),
                ("penalty", penalty != nil, .brats), ("metric", metric != nil, .panoptic),
                ("overlap", overlap != nil, .panoptic))
            let masks = try comparedVolumes(prediction, truth, spacing)
            switch rule.value {
            case .brats:
                let score = try LesionWiseScore(
                    prediction: masks.prediction, truth: masks.truth, threshold: threshold,
                    options: options(dilation, minVolume, penalty))
                let lesions = score.lesions.map { ["volume": $0.volume, "dice": $0.dice, "hd95": $0.hausdorff95] }
                return LuaRecord([
                    "tp": score.counts.truePositives, "fp": score.counts.falsePositives,
                    "fn": score.counts.falseNegatives, "f1": score.counts.f1, "dice": score.dice,
                    "hd95": score.hausdorff95, "lesions": lesions,
                ])
            case .panoptic:
                let quality = try PanopticQuality(
                    prediction: masks.prediction, truth: masks.truth, threshold: threshold,
                    metric: metric?.value ?? .iou, overlap: overlap ?? 0.5)
                return LuaRecord([
                    "tp": quality.counts.truePositives, "fp": quality.counts.falsePositives,
                    "fn": quality.counts.falseNegatives, "f1": quality.counts.f1, "dice": quality.dice,
                    "hd95": quality.hausdorff95, "rq": quality.recognitionQuality, "sq": quality.segmentationQuality,
                    "pq": quality.panopticQuality,
                ])
            }
        },
        LuaFunction(
            "region_scores",
            """
            All measures of `volumes.scores` for each region of two maps of class numbers: several classes together, or by \
            default each class that occurs in either map.
            """, ComparedMasks.prediction, ComparedMasks.truth,
            Option("regions", [RegionArgument]?.self, "a list of {name, {classes}}, as {\"WT\", {1, 2, 3}}"),
            Option("classes", [String]?.self, "names of the classes 1, 2, ..., each of which is then judged")
                .excluding("regions"), ComparedMasks.tolerance,
            Option(
                "lesions", Bool.self, default: false,
                "whether to judge lesions by the rule 'brats' of `volumes.lesion_scores`, too"),
            dilation.needing("lesions"), minVolume.needing("lesions"), penalty.needing("lesions"),
            ComparedMasks.spacing,
            returns: """
                a list of tables with the fields name, dice, iou, sensitivity, precision, hd95 (in mm), surface_dice, in ml \
                volume_prediction, volume_truth and volume_error, and with `lesions` lesion_f1, lesion_dice and lesion_hd95
                """,
            example: """
                local map = torch.ones(4, 4, 4); map[{1, 1, {1, 2}}] = 3; \
                local scores = volumes.region_scores(map, map, {regions = {{"WT", {1, 2, 3}}, {"ET", {3}}}}); \
                assert(scores[2].name == "ET" and scores[2].dice == 1 and scores[2].volume_truth == 0.002)
                """
        ) {
            prediction, truth, regions, classes, tolerance, hasLesions, dilation, minVolume, penalty, spacing
                -> [LuaRecord] in
            guard regions?.isEmpty != true, classes?.isEmpty != true else {
                throw LuaArgumentError(
                    regions == nil ? "classes" : "regions", "at least one expected, got an empty list")
            }
            let maps = try comparedVolumes(prediction, truth, spacing)
            let lesions = hasLesions ? options(dilation, minVolume, penalty) : nil
            return try (regions?.map(\.region) ?? Region.each(of: maps, names: classes)).map { region in
                let score = try RegionScore(region, prediction: maps.prediction, truth: maps.truth, lesions: lesions)
                return LuaRecord([
                    "name": region.name, "dice": score.overlap.dice, "iou": score.overlap.iou,
                    "sensitivity": score.overlap.sensitivity, "precision": score.overlap.precision,
                    "hd95": score.surfaces.hausdorff95, "surface_dice": try score.surfaces.dice(tolerance: tolerance),
                    "volume_prediction": score.predictedVolume, "volume_truth": score.trueVolume,
                    "volume_error": score.predictedVolume - score.trueVolume, "lesion_f1": score.lesions?.counts.f1,
                    "lesion_dice": score.lesions?.dice, "lesion_hd95": score.lesions?.hausdorff95,
                ])
            }
        },
    ]
}
