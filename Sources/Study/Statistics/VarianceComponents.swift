/// The variances of splits, of volumes and of the rest, estimated by moments: those at which the sums of squares are
/// what is expected of them (Henderson, "Estimation of variance and covariance components", Biometrics 9, 1953; for
/// crossed effects Gao and Owen, "Efficient moment calculations for variance components in large unbalanced crossed
/// random effects models", Electronic Journal of Statistics 11, 2017).
struct VarianceComponents {
    /// How each variance is made of the sums of squares; nil of splits or volumes that are not in the model.
    private let forms: (split: CrossedDesign.Form?, volume: CrossedDesign.Form?, rest: CrossedDesign.Form)
    private let design: CrossedDesign
    private let sums: CrossedDesign.Form

    /// With fewer splits or volumes than this nothing could tell that their variance is 0.
    private static let leastLevels = 5

    /// Estimates what can be told apart, and leaves out of the model what nothing speaks for: where there are at least
    /// five splits and five volumes, a variance whose estimate is less than half the standard deviation that it would
    /// have if it were 0 and so were the other one.
    ///
    /// A variance of splits cannot be told from the rest where each has one volume, nor can that of volumes where each
    /// is in one split.
    static func fitted(_ sums: CrossedDesign.Form, _ design: CrossedDesign) -> Self {
        let (splits, volumes) = (design.splitCount, design.volumeCount)
        let hasSplits = splits > 1 && design.cells.count > splits
        let hasVolumes = volumes > 1 && design.cells.count > volumes
        let model = Self(sums, design, hasSplits: hasSplits, hasVolumes: hasVolumes)
        guard min(splits, volumes) >= leastLevels else { return model }
        if !model.isNeeded(model.forms.split) {
            let smaller = Self(sums, design, hasSplits: false, hasVolumes: hasVolumes)
            let needsVolumes = smaller.isNeeded(smaller.forms.volume)
            return Self(sums, design, hasSplits: false, hasVolumes: needsVolumes)
        }
        if !model.isNeeded(model.forms.volume) {
            let smaller = Self(sums, design, hasSplits: hasSplits, hasVolumes: false)
            let needsSplits = smaller.isNeeded(smaller.forms.split)
            return Self(sums, design, hasSplits: needsSplits, hasVolumes: false)
        }
        return model
    }

    private init(_ sums: CrossedDesign.Form, _ design: CrossedDesign, hasSplits: Bool, hasVolumes: Bool) {
        (self.sums, self.design) = (sums, design)
        let (count, shares) = (design.count, design.shares)
        // Expected: within splits (count - splits) (v_volume + v_rest), within volumes likewise, and of all values
        // v_split (count - a) + v_volume (count - b) + v_rest (count - 1).
        let (splits, volumes) = (count * (1 - shares.x), count * (1 - shares.y))
        let within: CrossedDesign.Form = [1 / (count - Double(design.splitCount)), 0, 0]
        let across: CrossedDesign.Form = [0, 1 / (count - Double(design.volumeCount)), 0]
        let all: CrossedDesign.Form = [0, 0, 1]
        switch (hasSplits, hasVolumes) {
        case (true, true):
            let rest = (all - splits * across - volumes * within) / (count - 1 - splits - volumes)
            forms = (across - rest, within - rest, rest)
        case (true, false): forms = ((all - (count - 1) * within) / splits, nil, within)
        case (false, true): forms = (nil, (all - (count - 1) * across) / volumes, across)
        case (false, false): forms = (nil, nil, all / (count - 1))
        }
    }

    private func isNeeded(_ form: CrossedDesign.Form?) -> Bool {
        guard let form else { return false }
        let deviation = estimate(forms.rest) * (2 * design.squareTrace(of: form)).squareRoot()
        return (form * sums).sum() > 0.5 * deviation
    }

    /// The estimate; 0 where it would be negative.
    private func estimate(_ form: CrossedDesign.Form?) -> Double { form.map { max(0, ($0 * sums).sum()) } ?? 0 }

    /// The estimates of splits, of volumes and of the rest; 0 for what is not in the model, and instead of a negative
    /// one.
    var estimates: SIMD3<Double> { [estimate(forms.split), estimate(forms.volume), estimate(forms.rest)] }

    /// The variance of the mean of all values.
    var varianceOfMean: Double { (estimates * design.shares).sum() }

    /// The degrees of freedom of that variance: 2 V^2 over the variance of V (Satterthwaite, "An approximate
    /// distribution of estimates of variance components", Biometrics Bulletin 2, 1946), at the estimates, and within 1
    /// and the number of values less 1.
    func degreesOfFreedom() throws(StatisticsError) -> Double {
        let shares = design.shares
        let form = shares.x * (forms.split ?? .zero) + shares.y * (forms.volume ?? .zero) + shares.z * forms.rest
        let traces = try design.traces(of: form)
        let spread = (0..<3).reduce(0) { $0 + estimates[$1] * (traces[$1] * estimates).sum() }
        return min(max(varianceOfMean * varianceOfMean / spread, 1), design.count - 1)
    }
}
