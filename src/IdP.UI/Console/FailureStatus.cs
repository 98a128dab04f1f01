using IdP.Access;
using Microsoft.AspNetCore.Http;

namespace IdP.UI.Console;

internal static class FailureStatus
{
    /// <summary>The HTTP status a page with this refusal is answered with.</summary>
    public static int ToStatus(this Failure failure) => failure.Kind switch
    {
        FailureKind.NotFound => StatusCodes.Status404NotFound,
        FailureKind.Forbidden => StatusCodes.Status403Forbidden,
        FailureKind.Busy => StatusCodes.Status429TooManyRequests,
        FailureKind.Conflict => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status400BadRequest,
    };
}
