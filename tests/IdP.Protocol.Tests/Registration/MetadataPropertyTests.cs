using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Registration;

namespace IdP.Protocol.Tests.Registration;

public sealed class MetadataPropertyTests
{
    private const string Plain = """{"text":"x","texts":["a","b"],"flag":true,"seconds":60,"object":{"keys":[]}}""";

    private static readonly Gen<string> Documents = from random in Law.Randoms from times in Gen.Choose(1, 4) select Enumerable.Range(0, times).Aggregate(Plain, (json, _) => HostileJson.Mutate(json, random));

    [Test]
    public void A_member_of_another_type_is_a_problem_and_never_an_exception() =>
        Law.Holds(Documents.Where(IsObject), json =>
        {
            using var document = JsonDocument.Parse(json);
            var reader = new MetadataReader(document.RootElement);
            var read = (Text: reader.Text("text"), Texts: reader.Texts("texts"), Flag: reader.Flag("flag"), Seconds: reader.Seconds("seconds"), Object: reader.ObjectText("object"));
            return reader.Problem is not null
                || ((read.Text is null || !read.Text.Contains('\0')) && (read.Texts is null || read.Texts.TrueForAll(text => !text.Contains('\0'))) && read.Seconds is null or >= 0 && (read.Object is null || read.Object.StartsWith('{')));
        }, runs: 10_000);

    // What the endpoint lets through to the reader: an object, all of it Unicode.
    private static bool IsObject(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind is JsonValueKind.Object && IsUnicode(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool IsUnicode(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString() is not null,
        JsonValueKind.Array => element.EnumerateArray().All(IsUnicode),
        JsonValueKind.Object => element.EnumerateObject().All(member => member.Name is not null && IsUnicode(member.Value)),
        _ => true,
    };
}
