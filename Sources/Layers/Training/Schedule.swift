import Foundation

/// How a learning rate changes while training goes on: a pure function of the number of steps done.
public protocol Schedule: Sendable {
    /// What the learning rate is multiplied by in the step after `step` steps; `step` counts from 0.
    func factor(at step: Int) -> Double
}

/// Always 1.
public struct ConstantRate: Schedule {
    /// Makes the schedule.
    public init() {}

    /// 1.
    public func factor(at step: Int) -> Double { 1 }
}

/// Multiplied by `factor` after every `period` steps: 1, ..., 1, factor, ..., factor, factor^2, ...
public struct StepDecay: Schedule {
    /// The steps between two changes, at least 1.
    public let period: Int
    /// What each change multiplies by; published is 0.5 every 50 epochs.
    public let factor: Double

    /// Makes the schedule.
    public init(period: Int, factor: Double = 0.5) {
        self.period = max(period, 1)
        self.factor = factor
    }

    /// `factor` to the power of the changes so far.
    public func factor(at step: Int) -> Double { pow(factor, Double(max(step, 0) / period)) }
}

/// From 1 in a straight line to `final` after `steps` steps, where it stays.
public struct LinearDecay: Schedule {
    /// The steps until `final` is reached, at least 1.
    public let steps: Int
    /// The last factor; 0 by default.
    public let final: Double

    /// Makes the schedule.
    public init(steps: Int, final: Double = 0) {
        self.steps = max(steps, 1)
        self.final = final
    }

    /// The factor on the line.
    public func factor(at step: Int) -> Double { 1 + (final - 1) * share(step, of: steps) }
}

/// From 1 along half a cosine to `final` after `steps` steps, where it stays (Loshchilov and Hutter 2017, without
/// restarts).
public struct CosineDecay: Schedule {
    /// The steps until `final` is reached, at least 1.
    public let steps: Int
    /// The last factor; 0 by default.
    public let final: Double

    /// Makes the schedule.
    public init(steps: Int, final: Double = 0) {
        self.steps = max(steps, 1)
        self.final = final
    }

    /// final + (1 - final) (1 + cos(pi step / steps)) / 2.
    public func factor(at step: Int) -> Double { cosine(share(step, of: steps), final: final) }
}

/// Cycles of `period` steps, each along half a cosine from 1 to `final`; a network is kept at the end of each (Huang et
/// al. 2017, "Snapshot ensembles").
public struct CyclicalCosine: Schedule {
    /// The steps of a cycle, at least 1.
    public let period: Int
    /// The factor of a cycle's last step; 0.01 by default: from 1e-3 to 1e-5.
    public let final: Double

    /// Makes the schedule.
    public init(period: Int, final: Double = 0.01) {
        self.period = max(period, 1)
        self.final = final
    }

    /// 1 in a cycle's first step, `final` in its last.
    public func factor(at step: Int) -> Double {
        cosine(share(max(step, 0) % period, of: max(period - 1, 1)), final: final)
    }

    /// Whether the step after `step` steps is a cycle's last, after which a snapshot is taken.
    public func endsCycle(at step: Int) -> Bool { step >= 0 && step % period == period - 1 }
}

/// How much of `steps` is done, from 0 to 1.
private func share(_ step: Int, of steps: Int) -> Double { Double(min(max(step, 0), steps)) / Double(steps) }

/// Half a cosine from 1 where `share` is 0 to `final` where it is 1.
private func cosine(_ share: Double, final: Double) -> Double { final + (1 - final) * (1 + cos(.pi * share)) / 2 }
