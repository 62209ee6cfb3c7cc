import Foundation
import Tensors

/// How a schedule is made of its settings. (A structure, as Swift 6.3 crashes at a closure that is itself the maker.)
public struct ScheduleMaker: Sendable {
    /// Makes the schedule.
    public let make: @Sendable (Configuration) throws(TensorError) -> any Schedule
}

/// The schedules that scripts can make; help and the manual follow from this list, too.
public let scheduleDeclarations = [StepDecay.declaration] + Decay.declarations + [CyclicalCosine.declaration]

/// How a learning rate changes while training goes on: a pure function of the number of steps done.
public protocol Schedule: Sendable {
    /// What the learning rate is multiplied by in the step after `step` steps; `step` counts from 0.
    func factor(at step: Int) -> Double

    /// The step after which the factor no longer changes; nil where it keeps changing.
    var end: Int? { get }

    /// Whether the step after `step` steps is a cycle's last, after which a snapshot is taken.
    func endsCycle(at step: Int) -> Bool
}

extension Schedule {
    /// Nil: the factor keeps changing.
    public var end: Int? { nil }

    /// There are no cycles.
    public func endsCycle(at step: Int) -> Bool { false }
}

/// Multiplied by `factor` after every `period` steps: 1, ..., 1, factor, ..., factor, factor^2, ...
public struct StepDecay: Schedule {
    private static let steps = Setting.integer("period", "the steps between")
    private static let change = Setting.real("factor", in: .positive, default: 0.5, "the factor")

    /// `StepDecay`.
    public static let declaration = Declaration(
        "StepDecay", "Makes a schedule that multiplies the rate by a factor every so many steps.", steps, change,
        example: "optim.StepDecay(50)(51) == 0.5",
        make: ScheduleMaker { settings throws(TensorError) in
            StepDecay(period: try settings[steps], factor: try settings[change])
        })

    /// The steps between two changes, at least 1.
    public let period: Int
    /// What each change multiplies the rate by; as published, 0.5 every 50 epochs.
    public let factor: Double

    /// Makes the schedule.
    public init(period: Int, factor: Double = 0.5) {
        self.period = max(period, 1)
        self.factor = factor
    }

    /// `factor` to the power of the changes so far.
    public func factor(at step: Int) -> Double { pow(factor, Double(max(step, 0) / period)) }
}

/// A factor that goes from 1 to `final` in `steps` steps, and stays there.
public struct Decay: Schedule {
    /// How the factor goes from 1 to `final`.
    public enum Curve: String, CaseIterable, Sendable {
        /// A straight line.
        case line = "LinearDecay"
        /// Half a cosine (Loshchilov and Hutter 2017, without restarts).
        case cosine = "CosineDecay"
    }

    private static let length = Setting.integer("steps", "the steps in all")
    private static let last = Setting.real("final", in: .notNegative, default: 0, "the factor at the end")

    /// `LinearDecay` and `CosineDecay`.
    public static let declarations = Curve.allCases.map { curve in
        Declaration(
            curve.rawValue,
            "Makes a schedule that leads from 1 to `final` \(curve == .line ? "in a straight line" : "along half a cosine").",
            length, last, example: "optim.\(curve.rawValue)(10)(1) == 1",
            make: ScheduleMaker { settings throws(TensorError) in
                Decay(curve, steps: try settings[length], final: try settings[last])
            })
    }

    /// How the factor goes from 1 to `final`.
    public let curve: Curve
    /// The steps until `final` is reached, at least 1.
    public let steps: Int
    /// The last factor; 0 by default.
    public let final: Double

    /// The last step that changes the factor.
    public var end: Int? { steps }

    /// Makes the schedule.
    public init(_ curve: Curve, steps: Int, final: Double = 0) {
        self.curve = curve
        self.steps = max(steps, 1)
        self.final = final
    }

    /// The factor after `step` steps.
    public func factor(at step: Int) -> Double {
        let share = Double(min(max(step, 0), steps)) / Double(steps)
        return switch curve {
        case .line: 1 + (final - 1) * share
        case .cosine: halfCosine(share, final: final)
        }
    }
}

/// Cycles of `period` steps, each along half a cosine from 1 to `final`; a network is kept at the end of each (Huang et
/// al. 2017, "Snapshot ensembles").
public struct CyclicalCosine: Schedule {
    private static let steps = Setting.integer("period", "the steps of a cycle")
    private static let last = Setting.real(
        "final", in: .notNegative, default: 0.01, "the factor at the end of a cycle")

    /// `CyclicalCosine`.
    public static let declaration = Declaration(
        "CyclicalCosine",
        "Makes a schedule of cosine cycles, at the end of each of which a snapshot is worth taking.", steps, last,
        example: "optim.CyclicalCosine(10):ends_cycle(20)",
        make: ScheduleMaker { settings throws(TensorError) in
            CyclicalCosine(period: try settings[steps], final: try settings[last])
        })

    /// The steps of a cycle, at least 1.
    public let period: Int
    /// The factor of a cycle's last step; 0.01 by default, which leads a rate of 1e-3 to 1e-5.
    public let final: Double

    /// Makes the schedule.
    public init(period: Int, final: Double = 0.01) {
        self.period = max(period, 1)
        self.final = final
    }

    /// 1 in a cycle's first step, `final` in its last.
    public func factor(at step: Int) -> Double {
        halfCosine(Double(max(step, 0) % period) / Double(max(period - 1, 1)), final: final)
    }

    /// Whether the step after `step` steps is a cycle's last, after which a snapshot is taken.
    public func endsCycle(at step: Int) -> Bool { step >= 0 && step % period == period - 1 }
}

/// Half a cosine from 1 where `share` is 0 to `final` where it is 1: final + (1 - final) (1 + cos(pi share)) / 2.
private func halfCosine(_ share: Double, final: Double) -> Double { final + (1 - final) * (1 + cos(.pi * share)) / 2 }
