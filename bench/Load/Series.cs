namespace Load;

/// <summary>One figure over time, and whether it grows: the straight line through what comes after the first third, in which caches fill and the runtime compiles.</summary>
/// <param name="Share">Growth over that time which is allowed, against the mean of the figure.</param>
/// <param name="Least">The same in the figure's own unit; the larger of the two counts.</param>
internal sealed record Series(string Name, double Share, double Least, int Digits, IReadOnlyList<(double Minute, double Value)> Points)
{
    /// <summary>With fewer points a line says nothing.</summary>
    private const int FewestPoints = 6;

    private IReadOnlyList<(double Minute, double Value)> Later => [.. Points.Skip(Points.Count / 3)];

    public double First => Points[0].Value;

    public double Last => Points[^1].Value;

    public double Mean => Later.Average(point => point.Value);

    public double Allowed => Math.Max(Share * Math.Abs(Mean), Least);

    /// <summary>How much the line rises from the first to the last point it is drawn through.</summary>
    public double Growth => Slope.Value * Span;

    /// <summary>Null when there are too few points. A rise within twice the uncertainty of the line is no rise.</summary>
    public bool? Grows => Later.Count < FewestPoints ? null : Growth > Allowed && Slope.Value > 2 * Slope.Uncertainty;

    private double Span => Later[^1].Minute - Later[0].Minute;

    private (double Value, double Uncertainty) Slope
    {
        get
        {
            var later = Later;
            if (later.Count < 3) return (0, double.PositiveInfinity);
            var (x, y) = (later.Average(point => point.Minute), later.Average(point => point.Value));
            var spread = later.Sum(point => (point.Minute - x) * (point.Minute - x));
            var slope = later.Sum(point => (point.Minute - x) * (point.Value - y)) / spread;
            var rest = later.Sum(point => Math.Pow(point.Value - y - slope * (point.Minute - x), 2));
            return (slope, Math.Sqrt(rest / (later.Count - 2) / spread));
        }
    }
}
