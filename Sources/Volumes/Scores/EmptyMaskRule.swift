/// What the measures of a segmentation are where a mask is empty: one rule for all of them.
///
/// Two empty masks agree, so every measure has its best value; if only one is empty, nothing agrees, and every measure
/// has its worst value. The formulas alone would give 0 / 0 or an infinite distance there. Leaving such volumes out
/// would favour a method that predicts nothing where it is unsure, and an infinity would hide all other volumes of a
/// mean.
public enum EmptyMaskRule {
    /// The rule in words, to be printed beside results.
    public static let text = """
        Empty masks: where prediction and truth are both empty they agree, and Dice, IoU, sensitivity, precision and \
        surface Dice are 1, HD95 is 0 mm; where only one of them is empty these are 0, and HD95 is the diagonal of the \
        volume in mm.
        """

    /// The value of a measure whose best and worst values are given; nil where neither mask is empty.
    static func value(
        predictionIsEmpty: Bool, truthIsEmpty: Bool, best: Double = 1, worst: Double = 0
    ) -> Double? {
        switch (predictionIsEmpty, truthIsEmpty) {
        case (true, true): best
        case (false, false): nil
        default: worst
        }
    }
}
