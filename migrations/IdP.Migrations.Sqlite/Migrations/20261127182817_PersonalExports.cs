using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class PersonalExports : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "PersonalExports",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    UserId = table.Column<Guid>(type: "TEXT", nullable: false),
                    State = table.Column<int>(type: "INTEGER", nullable: false),
                    RequestedAt = table.Column<string>(type: "TEXT", nullable: false),
                    CompletedAt = table.Column<string>(type: "TEXT", nullable: true),
                    ExpiresAt = table.Column<string>(type: "TEXT", nullable: false),
                    ClaimedUntil = table.Column<string>(type: "TEXT", nullable: true),
                    Table = table.Column<int>(type: "INTEGER", nullable: false),
                    After = table.Column<Guid>(type: "TEXT", nullable: true),
                    Parts = table.Column<int>(type: "INTEGER", nullable: false),
                    Rows = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PersonalExports", x => x.Id);
                    table.ForeignKey(
                        name: "FK_PersonalExports_Users_UserId",
                        column: x => x.UserId,
                        principalTable: "Users",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "PersonalExportParts",
                columns: table => new
                {
                    ExportId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Number = table.Column<int>(type: "INTEGER", nullable: false),
                    Table = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    Content = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PersonalExportParts", x => new { x.ExportId, x.Number });
                    table.ForeignKey(
                        name: "FK_PersonalExportParts_PersonalExports_ExportId",
                        column: x => x.ExportId,
                        principalTable: "PersonalExports",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_PersonalExports_ExpiresAt",
                table: "PersonalExports",
                column: "ExpiresAt");

            migrationBuilder.CreateIndex(
                name: "IX_PersonalExports_State",
                table: "PersonalExports",
                column: "State",
                filter: "\"State\" = 0");

            migrationBuilder.CreateIndex(
                name: "IX_PersonalExports_UserId",
                table: "PersonalExports",
                column: "UserId",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "PersonalExportParts");

            migrationBuilder.DropTable(
                name: "PersonalExports");
        }
    }
}
