using FsCheck;
using FsCheck.Fluent;
using IdP.Policies;
using IdP.Risk;

namespace IdP.Tests.Policies;

/// <summary>The decision itself, without a server.</summary>
public sealed class PolicyEvaluationTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<PolicyRule> Rules =
        from name in Gen.Choose(0, 1_000_000)
        from groups in Gen.Elements<string[]>([], ["a"], ["a", "b"])
        from organizations in Gen.Elements<string[]>([], ["o"])
        from clients in Gen.Elements<string[]>([], ["web"])
        from factors in Gen.Elements(Enum.GetValues<FactorDemand>())
        from maxAge in Gen.Elements<int?>(null, 60, 3600)
        from networks in Gen.Elements<string[]>([], ["192.0.2.0/24"], ["2001:db8::/32"])
        from outside in Gen.Elements(Enum.GetValues<OutsideNetworks>())
        from remember in Gen.Elements<int?>(null, 0, 1, 7, 30)
        from risk in Gen.ArrayOf(Gen.Elements(Enum.GetValues<RiskAnswer>()), 5)
        select PolicyRule.From(Guid.Empty, $"p{name}", new SignInPolicySettings { Groups = [.. groups], Organizations = [.. organizations], Clients = [.. clients], Factors = factors, MaxAge = maxAge, Networks = [.. networks], Outside = outside, RememberDays = remember, RiskNewDevice = risk[0], RiskNewNetwork = risk[1], RiskImpossibleTravel = risk[2], RiskManyFailures = risk[3], RiskListedAddress = risk[4] });

    private static readonly Guid[] Ids = [new("00000000-0000-0000-0000-000000000001"), new("00000000-0000-0000-0000-000000000002"), new("00000000-0000-0000-0000-000000000003")];

    private static readonly Gen<PolicyRule> Graced =
        from rule in Rules from id in Gen.Elements(Ids) from days in Gen.Elements(0, 1, 7, 90) select rule with { Id = id, EnrolmentGraceDays = days };

    private static readonly Gen<PolicyInputs> Inputs =
        from groups in Gen.Elements<string[]?>(null, [], ["a"], ["b", "c"])
        from organizations in Gen.Elements<string[]?>(null, [], ["o"])
        from client in Gen.Elements(null, "web", "other")
        from methods in Gen.Elements<string[]>(["pwd"], ["ext"], ["email"], ["pwd", "otp", "mfa"], ["pwd", "email", "mfa"], ["pop", "user", "mfa"])
        from factors in Gen.Choose(0, 3)
        from address in Gen.Elements(null, "192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "203.0.113.9", "no address")
        from shown in Gen.Elements<int?>(null, 0, 2, 10, 29)
        from signals in Gen.Elements<RiskSignal[]?>(null, [], [RiskSignal.NewDevice], [RiskSignal.NewNetwork, RiskSignal.ListedAddress], [RiskSignal.ImpossibleTravel, RiskSignal.ManyFailures])
        from age in Gen.Elements<double?>(null, 0, 61, 4000)
        from postponed in Gen.Elements(false, true)
        from begun in Gen.ArrayOf(Gen.Elements<int?>(null, 0, 1, 3, 7, 200), Ids.Length)
        select new PolicyInputs
        {
            At = Now, Groups = groups, Organizations = organizations, ClientId = client, Methods = methods, HasPasskey = (factors & 1) != 0, HasApp = (factors & 2) != 0, Address = address, KnownDevice = shown is not null,
            FactorShownAt = shown is { } days ? Now.AddDays(-days) : null, RememberedUntil = shown is { } since ? Now.AddDays(30 - since) : null, Age = age,
            Postponed = postponed, Graces = begun.All(since => since is null) ? null : Ids.Zip(begun).Where(grace => grace.Second is not null).ToDictionary(grace => grace.First, grace => Now.AddDays(-grace.Second!.Value)),
            Risk = signals is null ? null : new RiskFacts { Signals = signals, Network = "192.0.2.0/24", Travel = new(5000, 0.5) },
        };

    [Test]
    public void One_more_policy_never_makes_a_verdict_weaker() => Law.Holds(
        from inputs in Inputs from rules in Gen.ArrayOf(Rules) from more in Rules select (inputs, rules, more),
        sample =>
        {
            var before = PolicyEvaluation.Decide(sample.inputs, sample.rules);
            var after = PolicyEvaluation.Decide(sample.inputs, [.. sample.rules, sample.more]);
            return after.Answer >= before.Answer && after.Demand >= before.Demand && after.RememberDays <= before.RememberDays;
        });

    [Test]
    public void One_more_policy_with_a_grace_period_never_lets_in_more() => Law.Holds(
        from inputs in Inputs from rules in Gen.ArrayOf(Graced) from more in Graced select (inputs, rules, more),
        sample =>
        {
            var before = PolicyEvaluation.Decide(sample.inputs, sample.rules);
            var after = PolicyEvaluation.Decide(sample.inputs, [.. sample.rules, sample.more]);
            return after.Answer >= before.Answer && after.RememberDays <= before.RememberDays && (before.Answer is not PolicyAnswer.Enrol || before.PostponableUntil is not null || after.PostponableUntil is null);
        });

    [Test]
    public void A_grace_period_asks_for_less_only_of_whoever_lacks_the_factor() => Law.Holds(
        from inputs in Inputs from rules in Gen.ArrayOf(Graced) select (inputs, rules),
        sample =>
        {
            var (with, without) = (PolicyEvaluation.Decide(sample.inputs, sample.rules), PolicyEvaluation.Decide(sample.inputs, sample.rules.Select(rule => rule with { EnrolmentGraceDays = 0 })));
            return with.Answer == without.Answer ? with.Answer is not PolicyAnswer.Block || with.PostponableUntil is null
                : with.Answer < without.Answer && without.Answer is PolicyAnswer.Enrol && with.Graces.Count > 0 && !sample.inputs.HasPasskey;
        });

    [Test]
    public void The_order_of_policies_means_nothing() => Law.Holds(
        from inputs in Inputs from rules in Gen.ArrayOf(Graced) from random in Law.Randoms select (inputs, rules, random),
        sample =>
        {
            var shuffled = sample.rules.ToArray();
            sample.random.Shuffle(shuffled);
            var (one, other) = (PolicyEvaluation.Decide(sample.inputs, sample.rules), PolicyEvaluation.Decide(sample.inputs, shuffled));
            return (one.Answer, one.Demand, one.RememberDays) == (other.Answer, other.Demand, other.RememberDays) && one.Reasons.ToHashSet().SetEquals(other.Reasons);
        });

    [Test]
    public void Whoever_has_a_second_factor_shows_it_whatever_the_policies_say() => Law.Holds(
        from inputs in Inputs from rules in Gen.ArrayOf(Graced) select (inputs, rules),
        sample => sample.inputs is not { Age: null, RememberedUntil: null } || !(sample.inputs.HasApp || sample.inputs.HasPasskey) || sample.inputs.Methods.Contains("mfa")
            || PolicyEvaluation.Decide(sample.inputs, sample.rules).Answer is not PolicyAnswer.Allow);

    [Test]
    public void What_is_stored_is_decided_in_the_same_way() => Law.Holds(
        from inputs in Inputs from rules in Gen.ArrayOf(Graced) select (inputs, rules),
        sample => PolicyEvaluation.Decide(PolicyInputs.FromJson(sample.inputs.ToJson())!, sample.rules).Answer == PolicyEvaluation.Decide(sample.inputs, sample.rules).Answer);

    [Test]
    public void Of_a_signal_the_strictest_answer_counts_and_a_session_that_has_begun_has_none()
    {
        var inputs = new PolicyInputs { At = Now, Methods = ["pwd"], HasApp = true, KnownDevice = true, RememberedUntil = Now.AddDays(1), FactorShownAt = Now.AddDays(-1), Risk = new RiskFacts { Signals = [RiskSignal.NewNetwork, RiskSignal.ManyFailures] } };
        PolicyRule ask = PolicyRule.From(Guid.Empty, "ask", new SignInPolicySettings { RiskNewNetwork = RiskAnswer.Ask }), block = PolicyRule.From(Guid.Empty, "block", new SignInPolicySettings { RiskNewNetwork = RiskAnswer.Block }), other = PolicyRule.From(Guid.Empty, "other", new SignInPolicySettings { RiskNewDevice = RiskAnswer.Block });

        PolicyVerdict DecideOf(PolicyInputs about, params PolicyRule[] rules) => PolicyEvaluation.Decide(about, rules);

        Assert.That(DecideOf(inputs, other).Answer, Is.EqualTo(PolicyAnswer.Allow));
        Assert.That(DecideOf(inputs, ask), Has.Property("Answer").EqualTo(PolicyAnswer.Ask).And.Property("RememberDays").Zero.And.Property("IsForRisk").False);
        Assert.That(DecideOf(inputs with { Methods = ["pwd", "otp", "mfa"] }, ask).Answer, Is.EqualTo(PolicyAnswer.Allow));
        Assert.That(DecideOf(inputs with { HasApp = false }, ask), Has.Property("Answer").EqualTo(PolicyAnswer.Block).And.Property("IsForRisk").True, "nothing to ask for");
        Assert.That(DecideOf(inputs with { Methods = ["pwd", "otp", "mfa"] }, ask, block), Has.Property("Answer").EqualTo(PolicyAnswer.Block).And.Property("IsForRisk").True);
        Assert.That(DecideOf(inputs with { HasApp = false, Methods = ["pwd", "email", "mfa"] }, ask), Has.Property("Answer").EqualTo(PolicyAnswer.Block).And.Property("IsForRisk").True, "a code by mail is no answer");
        Assert.That(DecideOf(inputs with { Methods = ["pwd", "email", "mfa"] }, ask).Answer, Is.EqualTo(PolicyAnswer.Ask), "the app is");
        Assert.That(DecideOf(inputs with { Methods = ["email", "otp", "mfa"] }, ask).Answer, Is.EqualTo(PolicyAnswer.Allow), "two of which the mail is the first");
        Assert.That(DecideOf(inputs with { Age = 5 }, ask, block).Answer, Is.EqualTo(PolicyAnswer.Allow));
    }

    [Test]
    public void Inputs_stay_small_however_many_groups_there_are()
    {
        var inputs = new PolicyInputs { At = Now, Groups = [.. Enumerable.Range(0, 59).Select(i => $"{i}{new string('\u00e4', 198)}")], Organizations = [.. Enumerable.Range(0, 1000).Select(i => $"o{i}")] };

        Assert.That(inputs.ToJson(), Has.Length.LessThan(16_500));
        Assert.That(PolicyInputs.FromJson(inputs.ToJson())!.Organizations, Is.Null, "not known, rather than some of them");
    }

    [TestCase("192.0.2.0/24", true)]
    [TestCase("192.0.2.1/32", true)]
    [TestCase("0.0.0.0/0", true)]
    [TestCase("2001:db8::/32", true)]
    [TestCase("::/0", true)]
    [TestCase("192.0.2.1/24", false)]
    [TestCase("192.0.2.0", false)]
    [TestCase("192.0.2.0/33", false)]
    [TestCase("10/8", false)]
    [TestCase("192.0.2.0/+24", false)]
    [TestCase("192.0.2.0/024x", false)]
    [TestCase("2001:db8::1/32", false)]
    [TestCase("::ffff:192.0.2.0/120", false)]
    [TestCase("fe80::%1/64", false)]
    [TestCase(" 192.0.2.0/24", false)]
    [TestCase("\u0661.0.0.0/8", false)]
    [TestCase("", false)]
    [TestCase("/", false)]
    public void A_network_is_taken_only_when_it_is_written_without_doubt(string text, bool expected) => Assert.That(PolicyRules.ParseNetwork(text) is not null, Is.EqualTo(expected));

    [TestCase("192.0.2.77", false)]
    [TestCase("::ffff:192.0.2.77", false)]
    [TestCase("192.0.3.1", true)]
    [TestCase("2001:db8::5", true)]
    [TestCase("nonsense", true)]
    [TestCase(null, true)]
    public void An_address_is_inside_only_when_it_is_known_to_be(string? address, bool outside) =>
        Assert.That(PolicyRule.From(Guid.Empty, "n", new SignInPolicySettings { Networks = ["192.0.2.0/24"] }).IsOutside(address), Is.EqualTo(outside));
}
