using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IdP.AccountApi;

/// <summary>Reads the JSON object of a request. A member that the operation does not have is refused: an app must not believe that it has set what it cannot set.</summary>
internal static class ApiBody
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { PropertyNameCaseInsensitive = false, AllowDuplicateProperties = false };
    private static readonly JsonDocumentOptions Document = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <param name="answer">What is done with it, and with the names of the members that were given.</param>
    public static async Task<IResult> ReadAsync<T>(HttpContext http, Func<T, IReadOnlySet<string>, Task<IResult>> answer) where T : class
    {
        if (!http.Request.HasJsonContentType()) return ApiProblem.Of(http, StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body is a JSON object (application/json).");
        T? body;
        HashSet<string> names;
        try
        {
            if (await JsonNode.ParseAsync(http.Request.Body, documentOptions: Document, cancellationToken: http.RequestAborted) is not JsonObject given)
                return ApiProblem.Of(http, StatusCodes.Status400BadRequest, "invalid_json", "The body is a JSON object.");
            var known = typeof(T).GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)).ToList();
            List<Failure> failures = [];
            foreach (var (name, value) in given)
            {
                if (!known.Contains(name)) failures.Add(Failure.Invalid("unknown_member", known.Count == 0 ? "This operation has no members." : $"There is nothing here by this name that you can set; there is {string.Join(", ", known)}.", Shorten(name)));
                else if (value is JsonValue && value.GetValueKind() is JsonValueKind.String && value.GetValue<string>().Contains('\0', StringComparison.Ordinal))
                    failures.Add(Failure.Invalid("bad_character", "Control characters and text direction overrides are not allowed.", name));
            }
            if (Failure.Several(failures) is { } invalid) return ApiProblem.Of(http, invalid);
            (body, names) = (given.Deserialize<T>(Options), [.. given.Select(member => member.Key)]);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // a half of a surrogate pair is the latter
        {
            return ApiProblem.Of(http, StatusCodes.Status400BadRequest, "invalid_json", "The body is no JSON object with the members and types that this operation takes.");
        }
        return await answer(body!, names); // an object is never null
    }

    /// <summary>For an operation that takes nothing: no body, or an object without members.</summary>
    public static async Task<IResult> NoneAsync(HttpContext http, Func<Task<IResult>> answer) =>
        http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } || await IsEmptyAsync(http) ? await answer() : await ReadAsync<Nothing>(http, (_, _) => answer());

    private static async Task<bool> IsEmptyAsync(HttpContext http)
    {
        var read = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
        http.Request.BodyReader.AdvanceTo(read.Buffer.Start); // looked at, and still there
        return read is { IsCompleted: true, Buffer.IsEmpty: true };
    }

    private sealed record Nothing;

    private static string Shorten(string name) => name.Length > 100 ? name[..100] : name;
}
