namespace IdP.Protocol.Tests.Conformance;

/// <summary>A response type in a response mode: what the plans for basic, implicit, hybrid and form-post providers differ in.</summary>
public sealed record Variant(string ResponseType, string? ResponseMode = null)
{
    public bool HasCode => ResponseType.Split(' ').Contains("code");

    public bool HasFrontIdToken => ResponseType.Split(' ').Contains("id_token");

    public bool HasFrontToken => ResponseType.Split(' ').Contains("token");

    /// <summary>Whether the app ends up with an access token at all.</summary>
    public bool HasAccessToken => HasCode || HasFrontToken;

    /// <summary>Each response type by redirect and by form post, the one on one database and the other on the other: how an answer travels has nothing to do with the database.</summary>
    public static IEnumerable<TestFixtureData> All() =>
        from type in ((string[])["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"]).Select((name, number) => (Name: name, IsOdd: number % 2 == 1))
        from mode in (string?[])[null, "form_post"]
        select new TestFixtureData(type.IsOdd == mode is null ? DatabaseKind.Sqlite : DatabaseKind.PostgreSql, new Variant(type.Name, mode));

    public override string ToString() => ResponseType + (ResponseMode is null ? "" : ", " + ResponseMode);
}
