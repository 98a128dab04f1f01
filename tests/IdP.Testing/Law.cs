using FsCheck;
using FsCheck.Fluent;

namespace IdP.Testing;

/// <summary>Statements that must be true of every value, tried on many; a failure prints the value and the numbers that repeat the run.</summary>
public static class Law
{
    public static Gen<Random> Randoms { get; } = Gen.Choose(0, int.MaxValue - 1).Select(seed => new Random(seed));

    /// <summary>Text of any kind, also such that no well-behaved program sends.</summary>
    public static Gen<string> AnyText { get; } = Gen.OneOf(ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""), Randoms.Select(HostileText.Next));

    /// <summary>The given texts, each with a few small changes.</summary>
    public static Gen<string> Near(params string[] texts) => from text in Gen.Elements(texts) from random in Randoms select HostileText.Mutate(text, random);

    public static void Holds<T>(Gen<T> values, Func<T, bool> statement, int runs = 3000) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(runs), Prop.ForAll(values.ToArbitrary(), statement));

    /// <summary>For statements that ask a server, one after the other.</summary>
    public static Task HoldsAsync<T>(Gen<T> values, Func<T, Task<bool>> statement, int runs = 150) => Task.Run(() => Holds(values, value => statement(value).GetAwaiter().GetResult(), runs));
}
