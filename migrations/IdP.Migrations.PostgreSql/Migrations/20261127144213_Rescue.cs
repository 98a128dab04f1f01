using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class Rescue : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "PasswordRecoveredAt",
                table: "Users",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "ReplacesFactors",
                table: "PendingLogins",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "Rescue",
                table: "PendingLogins",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<Guid>(
                name: "RescuedBy",
                table: "PendingLogins",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "RecoveryRequests",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Number = table.Column<string>(type: "character varying(8)", maxLength: 8, nullable: false),
                    HandleHash = table.Column<string>(type: "character varying(43)", maxLength: 43, nullable: false),
                    BrowserHash = table.Column<string>(type: "character varying(43)", maxLength: 43, nullable: false),
                    ProtectedName = table.Column<string>(type: "text", nullable: false),
                    UserId = table.Column<Guid>(type: "uuid", nullable: true),
                    ReturnUrl = table.Column<string>(type: "text", nullable: false),
                    ClientId = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    RemoteAddress = table.Column<string>(type: "character varying(45)", maxLength: 45, nullable: true),
                    UserAgent = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    State = table.Column<int>(type: "integer", nullable: false),
                    DecidedBy = table.Column<Guid>(type: "uuid", nullable: true),
                    DecidedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Reason = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    SecurityStamp = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ExpiresAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RecoveryRequests", x => x.Id);
                    table.ForeignKey(
                        name: "FK_RecoveryRequests_Users_UserId",
                        column: x => x.UserId,
                        principalTable: "Users",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_RecoveryRequests_ExpiresAt",
                table: "RecoveryRequests",
                column: "ExpiresAt");

            migrationBuilder.CreateIndex(
                name: "IX_RecoveryRequests_HandleHash",
                table: "RecoveryRequests",
                column: "HandleHash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_RecoveryRequests_Number",
                table: "RecoveryRequests",
                column: "Number",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_RecoveryRequests_UserId_CreatedAt",
                table: "RecoveryRequests",
                columns: new[] { "UserId", "CreatedAt" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "RecoveryRequests");

            migrationBuilder.DropColumn(
                name: "PasswordRecoveredAt",
                table: "Users");

            migrationBuilder.DropColumn(
                name: "ReplacesFactors",
                table: "PendingLogins");

            migrationBuilder.DropColumn(
                name: "Rescue",
                table: "PendingLogins");

            migrationBuilder.DropColumn(
                name: "RescuedBy",
                table: "PendingLogins");
        }
    }
}
